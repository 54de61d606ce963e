import Database

extension Migration {
    /// How long footage is kept, what may never go, and the steps in which it goes.
    static let retention = Migration(
        name: "0005_retention",
        sql: rules + holds + tombstones + due + state + removals + partitions
    )

    /// Camera, else site, else tenant; never less than the tenant's minimum.
    private static let rules = """
        ALTER TABLE tenants
            ADD COLUMN retention_days bigint NOT NULL DEFAULT 30
                CHECK (retention_days BETWEEN 1 AND 3650),
            -- No rule of a site or camera goes below it.
            ADD COLUMN retention_minimum_days bigint NOT NULL DEFAULT 1
                CHECK (retention_minimum_days BETWEEN 1 AND 3650);
        GRANT SELECT (retention_days, retention_minimum_days),
            UPDATE (retention_days, retention_minimum_days) ON tenants TO sparc_platform;

        -- Null: the tenant's.
        ALTER TABLE sites ADD COLUMN retention_days bigint
            CHECK (retention_days BETWEEN 1 AND 3650);
        GRANT UPDATE (retention_days) ON sites TO sparc_app;
        CREATE POLICY platform ON sites FOR SELECT TO sparc_platform USING (true);
        GRANT SELECT (tenant_id, id, retention_days) ON sites TO sparc_platform;

        -- Null: the site's, else the tenant's.
        ALTER TABLE cameras ALTER COLUMN retention_days DROP NOT NULL;
        GRANT SELECT (site_id, created_at) ON cameras TO sparc_platform;

        CREATE VIEW camera_retention WITH (security_invoker = true) AS
            SELECT c.tenant_id, c.id AS camera_id, c.created_at, c.removed_at,
                greatest(t.retention_minimum_days,
                    coalesce(c.retention_days, s.retention_days, t.retention_days)) AS days
            FROM cameras c
                JOIN tenants t ON t.id = c.tenant_id
                LEFT JOIN sites s ON s.tenant_id = c.tenant_id AND s.id = c.site_id;
        GRANT SELECT ON camera_retention TO sparc_app;
        GRANT SELECT (tenant_id, camera_id, created_at, removed_at, days)
            ON camera_retention TO sparc_platform;

        """

    private static let holds = """
        CREATE TABLE holds (
            tenant_id   uuid NOT NULL REFERENCES tenants,
            id          uuid NOT NULL DEFAULT gen_random_uuid(),
            -- Null: every camera of the tenant. Without reference: a hold outlives its camera.
            camera_id   uuid,
            from_at     timestamptz NOT NULL,
            to_at       timestamptz NOT NULL CHECK (to_at > from_at),
            reason      text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 500),
            created_by  uuid NOT NULL,
            created_at  timestamptz NOT NULL DEFAULT now(),
            -- Set once; the row stays, for who asks later what was kept and why.
            released_at timestamptz,
            released_by uuid,
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT holds_release CHECK ((released_at IS NULL) = (released_by IS NULL))
        );
        CREATE INDEX holds_active ON holds (tenant_id, to_at) WHERE released_at IS NULL;
        ALTER TABLE holds ENABLE ROW LEVEL SECURITY;
        ALTER TABLE holds FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON holds TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON holds FOR SELECT TO sparc_platform USING (true);
        GRANT SELECT, INSERT, UPDATE (released_at, released_by) ON holds TO sparc_app;
        GRANT SELECT (tenant_id, camera_id, from_at, to_at, released_at)
            ON holds TO sparc_platform;

        """

    private static let tombstones = """
        -- Set: nobody sees the chunk any more, its object is being deleted, and nothing brings it
        -- back.
        ALTER TABLE chunks ADD COLUMN tombstoned_at timestamptz;
        CREATE INDEX chunks_tombstoned
            ON chunks (tenant_id, camera_id, stream, start_at, epoch, sequence)
            WHERE tombstoned_at IS NOT NULL;
        -- One place for every reader of today and later.
        CREATE POLICY visible ON chunks AS RESTRICTIVE FOR SELECT TO sparc_app
            USING (tombstoned_at IS NULL);
        -- A row without tombstone cannot be deleted, whatever a statement says.
        CREATE POLICY tombstoned ON chunks AS RESTRICTIVE FOR DELETE TO sparc_platform
            USING (tombstoned_at IS NOT NULL);
        GRANT SELECT (end_at, length_bytes, object_key, registered_at, tombstoned_at),
            UPDATE (tombstoned_at), DELETE ON chunks TO sparc_platform;
        GRANT DELETE ON gaps TO sparc_platform;

        """

    /// Days are 24 hours of UTC: `interval '1 day'` would follow the session's summer time.
    private static let due = """
        CREATE FUNCTION is_held(tenant uuid, camera uuid, start_at timestamptz, end_at timestamptz)
            RETURNS boolean LANGUAGE sql STABLE AS $body$
            SELECT EXISTS (SELECT FROM sparc.holds h WHERE h.tenant_id = $1
                AND (h.camera_id IS NULL OR h.camera_id = $2) AND h.released_at IS NULL
                AND h.from_at < $4 AND h.to_at > $3)
            $body$;
        GRANT EXECUTE ON FUNCTION is_held(uuid, uuid, timestamptz, timestamptz)
            TO sparc_app, sparc_platform;

        -- What of one camera is past its retention at a moment and has no tombstone.
        -- A chunk's age counts from its last picture. Where that stamp cannot be true (before the
        -- camera was added, or more than an hour ahead) it counts from the registration, so that a
        -- recorder's wrong clock deletes nothing early.
        CREATE FUNCTION retention_due(
            at timestamptz, tenant uuid, camera uuid, days bigint, created_at timestamptz
        ) RETURNS TABLE (
            stream text, start_at timestamptz, epoch bigint, sequence bigint, end_at timestamptz,
            length_bytes bigint, kept_from timestamptz, registered_at timestamptz, is_held boolean
        ) LANGUAGE sql STABLE AS $body$
            SELECT k.stream, k.start_at, k.epoch, k.sequence, k.end_at, k.length_bytes,
                CASE WHEN k.end_at < $5 THEN k.registered_at ELSE k.end_at END,
                k.registered_at, sparc.is_held($2, $3, k.start_at, k.end_at)
            FROM sparc.chunks k
            WHERE k.tenant_id = $2 AND k.camera_id = $3 AND k.stream IN ('main', 'sub')
                AND k.tombstoned_at IS NULL AND k.start_at < $1 - $4 * interval '24 hours'
                AND CASE WHEN k.end_at < $5 THEN k.registered_at ELSE k.end_at END
                    <= $1 - $4 * interval '24 hours'
            UNION ALL
            SELECT k.stream, k.start_at, k.epoch, k.sequence, k.end_at, k.length_bytes,
                k.registered_at, k.registered_at, sparc.is_held($2, $3, k.start_at, k.end_at)
            FROM sparc.chunks k
            WHERE k.tenant_id = $2 AND k.camera_id = $3 AND k.stream IN ('main', 'sub')
                AND k.tombstoned_at IS NULL AND k.start_at > $1 + interval '1 hour'
                AND k.registered_at <= $1 - $4 * interval '24 hours'
            $body$;
        GRANT EXECUTE ON FUNCTION retention_due(timestamptz, uuid, uuid, bigint, timestamptz)
            TO sparc_platform;

        """

    private static let state = """
        -- One row, without tenant: who runs retention now, and which clock was seen.
        CREATE TABLE retention_state (
            singleton     boolean PRIMARY KEY DEFAULT true CHECK (singleton),
            holder        uuid,
            held_until    timestamptz,
            -- The database's clock at the last look; 0005 is the first.
            seen_at       timestamptz NOT NULL DEFAULT now(),
            -- After a jump nothing is deleted before this moment.
            trusted_from  timestamptz NOT NULL DEFAULT now(),
            started_at    timestamptz,
            succeeded_at  timestamptz
        );
        INSERT INTO retention_state DEFAULT VALUES;
        GRANT SELECT (singleton, holder, held_until, seen_at, trusted_from, started_at,
                succeeded_at),
            UPDATE (holder, held_until, seen_at, trusted_from, started_at, succeeded_at)
            ON retention_state TO sparc_platform;

        """

    /// A removed camera goes when nothing of it is left.
    private static let removals = """
        CREATE POLICY removed ON cameras FOR DELETE TO sparc_platform
            USING (removed_at IS NOT NULL);
        GRANT DELETE ON cameras TO sparc_platform;
        CREATE POLICY removed ON camera_streams FOR DELETE TO sparc_platform
            USING (EXISTS (SELECT FROM cameras c WHERE c.tenant_id = camera_streams.tenant_id
                AND c.id = camera_streams.camera_id AND c.removed_at IS NOT NULL));
        GRANT DELETE ON camera_streams, stream_epochs, stream_status, stream_progress
            TO sparc_platform;

        """

    private static let partitions = """
        -- Drops one partition of a day before yesterday that has no row, and names it; null if
        -- there is none. Late footage of that day lies in the default partition from then on.
        -- Waits a second at most, so that no reader queues behind it.
        CREATE FUNCTION drop_empty_partition() RETURNS text
            LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = sparc, pg_temp SET lock_timeout = '1s' AS $body$
        DECLARE
            child   name;
            is_used boolean;
            last    text := 'chunks_' ||
                to_char((now() AT TIME ZONE 'UTC')::date - 2, 'YYYYMMDD');
        BEGIN
            FOR child IN SELECT c.relname FROM pg_inherits i
                JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = 'chunks'::regclass AND c.relname ~ '^chunks_[0-9]{8}$'
                    AND c.relname::text <= last
                ORDER BY c.relname
            LOOP
                EXECUTE format('SELECT EXISTS (SELECT FROM %I)', child) INTO is_used;
                CONTINUE WHEN is_used;
                -- No writer is left between this look and the drop.
                LOCK TABLE ONLY chunks IN ACCESS EXCLUSIVE MODE;
                EXECUTE format('SELECT EXISTS (SELECT FROM %I)', child) INTO is_used;
                CONTINUE WHEN is_used;
                EXECUTE format('DROP TABLE %I', child);
                RETURN child;
            END LOOP;
            RETURN NULL;
        END
        $body$;
        REVOKE ALL ON FUNCTION drop_empty_partition() FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION drop_empty_partition() TO sparc_platform;
        """
}
