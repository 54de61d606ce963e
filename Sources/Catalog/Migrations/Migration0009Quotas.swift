import Database

extension Migration {
    /// How much each organisation may store, how much it stores, and what retention asks of many
    /// rows.
    static let quotas = Migration(
        name: "0009_quotas",
        sql: limits + footage + counting + backfill + due
    )

    private static let limits = """
        ALTER TABLE tenants
            -- Bytes of footage; null: as much as its days make.
            ADD COLUMN quota_bytes bigint CHECK (quota_bytes > 0);
        GRANT SELECT (quota_bytes), UPDATE (quota_bytes) ON tenants TO sparc_platform;
        -- An organisation changes its own rule as itself.
        CREATE POLICY own_rule ON tenants FOR UPDATE TO sparc_app
            USING (id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        GRANT UPDATE (retention_days) ON tenants TO sparc_app;
        REVOKE UPDATE (retention_days) ON tenants FROM sparc_platform;

        """

    private static let footage = """
        -- Chunks without tombstone, by camera and UTC day of their start: what an organisation
        -- stores, without counting a month of rows. Kept by triggers of chunks.
        CREATE TABLE footage_days (
            tenant_id uuid NOT NULL,
            camera_id uuid NOT NULL,
            day       date NOT NULL,
            chunks    bigint NOT NULL,
            bytes     bigint NOT NULL,
            PRIMARY KEY (tenant_id, camera_id, day),
            CONSTRAINT footage_days_camera FOREIGN KEY (tenant_id, camera_id) REFERENCES cameras
        );
        CREATE INDEX footage_days_day ON footage_days (day);
        ALTER TABLE footage_days ENABLE ROW LEVEL SECURITY;
        ALTER TABLE footage_days FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON footage_days FOR SELECT TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON footage_days TO sparc_platform
            USING (true) WITH CHECK (true);
        GRANT SELECT ON footage_days TO sparc_app;
        GRANT SELECT (tenant_id, camera_id, day, chunks, bytes),
            INSERT (tenant_id, camera_id, day, chunks, bytes),
            UPDATE (chunks, bytes), DELETE ON footage_days TO sparc_platform;

        """

    /// By statement, on the table of all partitions: rows that move into a partition of their own
    /// name that one and count once.
    private static let counting = """
        CREATE FUNCTION count_added_footage() RETURNS trigger LANGUAGE plpgsql
            SET search_path = sparc, pg_temp AS $body$
        BEGIN
            INSERT INTO footage_days AS f (tenant_id, camera_id, day, chunks, bytes)
            SELECT tenant_id, camera_id, (start_at AT TIME ZONE 'UTC')::date, count(*),
                sum(length_bytes)
            FROM added WHERE tombstoned_at IS NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            ON CONFLICT (tenant_id, camera_id, day) DO UPDATE SET
                chunks = f.chunks + excluded.chunks, bytes = f.bytes + excluded.bytes;
            RETURN NULL;
        END
        $body$;
        CREATE FUNCTION count_removed_footage() RETURNS trigger LANGUAGE plpgsql
            SET search_path = sparc, pg_temp AS $body$
        BEGIN
            UPDATE footage_days f SET chunks = f.chunks - g.chunks, bytes = f.bytes - g.bytes
            FROM (SELECT tenant_id, camera_id, (start_at AT TIME ZONE 'UTC')::date AS day,
                    count(*) AS chunks, sum(length_bytes) AS bytes
                FROM gone WHERE tombstoned_at IS NULL GROUP BY 1, 2, 3) g
            WHERE f.tenant_id = g.tenant_id AND f.camera_id = g.camera_id AND f.day = g.day;
            RETURN NULL;
        END
        $body$;
        CREATE TRIGGER added AFTER INSERT ON chunks REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION count_added_footage();
        CREATE TRIGGER removed AFTER DELETE ON chunks REFERENCING OLD TABLE AS gone
            FOR EACH STATEMENT EXECUTE FUNCTION count_removed_footage();
        CREATE TRIGGER hidden_after AFTER UPDATE ON chunks REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION count_added_footage();
        CREATE TRIGGER hidden_before AFTER UPDATE ON chunks REFERENCING OLD TABLE AS gone
            FOR EACH STATEMENT EXECUTE FUNCTION count_removed_footage();

        """

    /// The owner sees no row without a policy; these last until the end of the migration.
    private static let backfill = """
        CREATE POLICY backfill ON chunks FOR SELECT TO sparc_owner USING (true);
        CREATE POLICY backfill ON footage_days FOR INSERT TO sparc_owner WITH CHECK (true);
        INSERT INTO footage_days (tenant_id, camera_id, day, chunks, bytes)
        SELECT tenant_id, camera_id, (start_at AT TIME ZONE 'UTC')::date, count(*),
            sum(length_bytes)
        FROM chunks WHERE tombstoned_at IS NULL GROUP BY 1, 2, 3;
        DROP POLICY backfill ON footage_days;
        DROP POLICY backfill ON chunks;

        """

    /// Written so that a statement stops at the first row that counts, and asks for holds only
    /// where there can be one: a rule that was made shorter makes a year of rows due at once.
    private static let due = """
        -- From when a chunk's age counts: its last picture, or where that stamp cannot be true
        -- (before the camera was added, or more than an hour ahead) its registration, so that a
        -- recorder's wrong clock deletes nothing early.
        CREATE FUNCTION kept_from(
            at timestamptz, start_at timestamptz, end_at timestamptz, registered_at timestamptz,
            created_at timestamptz
        ) RETURNS timestamptz LANGUAGE sql STABLE AS $body$
            SELECT CASE WHEN $3 < $5 OR $2 > $1 + interval '1 hour' THEN $4 ELSE $3 END
            $body$;
        -- Whether anything of a camera is kept beyond its retention.
        CREATE FUNCTION may_be_held(tenant uuid, camera uuid) RETURNS boolean
            LANGUAGE sql STABLE AS $body$
            SELECT EXISTS (SELECT FROM sparc.holds h WHERE h.tenant_id = $1
                AND (h.camera_id IS NULL OR h.camera_id = $2) AND h.released_at IS NULL)
            OR EXISTS (SELECT FROM sparc.restored_footage f WHERE f.tenant_id = $1
                AND f.camera_id = $2 AND f.released_at IS NULL)
            $body$;

        DROP FUNCTION retention_due(timestamptz, uuid, uuid, bigint, timestamptz);
        -- What of one camera is past its retention at a moment and has no tombstone.
        CREATE FUNCTION retention_due(
            at timestamptz, tenant uuid, camera uuid, days bigint, created_at timestamptz,
            may_be_held boolean
        ) RETURNS TABLE (
            start_at timestamptz, end_at timestamptz, length_bytes bigint, kept_from timestamptz,
            registered_at timestamptz, is_held boolean
        ) LANGUAGE sql STABLE AS $body$
            SELECT k.start_at, k.end_at, k.length_bytes,
                sparc.kept_from($1, k.start_at, k.end_at, k.registered_at, $5), k.registered_at,
                $6 AND sparc.is_held($2, $3, k.start_at, k.end_at)
            FROM sparc.chunks k
            WHERE k.tenant_id = $2 AND k.camera_id = $3 AND k.stream IN ('main', 'sub')
                AND k.tombstoned_at IS NULL AND k.start_at < $1 - $4 * interval '24 hours'
                AND sparc.kept_from($1, k.start_at, k.end_at, k.registered_at, $5)
                    <= $1 - $4 * interval '24 hours'
            UNION ALL
            SELECT k.start_at, k.end_at, k.length_bytes, k.registered_at, k.registered_at,
                $6 AND sparc.is_held($2, $3, k.start_at, k.end_at)
            FROM sparc.chunks k
            WHERE k.tenant_id = $2 AND k.camera_id = $3 AND k.stream IN ('main', 'sub')
                AND k.tombstoned_at IS NULL AND k.start_at > $1 + interval '1 hour'
                AND k.registered_at <= $1 - $4 * interval '24 hours'
            $body$;

        -- Where the first chunk of one camera in a span of starts begins that is past its retention
        -- and that nothing holds; null if there is none.
        CREATE FUNCTION retention_first(
            at timestamptz, tenant uuid, camera uuid, days bigint, created_at timestamptz,
            may_be_held boolean, from_at timestamptz, to_at timestamptz
        ) RETURNS timestamptz LANGUAGE sql STABLE AS $body$
            SELECT min(p.start_at) FROM (VALUES ('main'), ('sub')) AS s (stream)
                CROSS JOIN LATERAL (
                    (SELECT k.start_at FROM sparc.chunks k
                    WHERE k.tenant_id = $2 AND k.camera_id = $3 AND k.stream = s.stream
                        AND k.tombstoned_at IS NULL AND k.start_at >= $7 AND k.start_at < $8
                        AND k.start_at < $1 - $4 * interval '24 hours'
                        AND sparc.kept_from($1, k.start_at, k.end_at, k.registered_at, $5)
                            <= $1 - $4 * interval '24 hours'
                        AND NOT ($6 AND sparc.is_held($2, $3, k.start_at, k.end_at))
                    ORDER BY k.start_at LIMIT 1)
                    UNION ALL
                    (SELECT k.start_at FROM sparc.chunks k
                    WHERE k.tenant_id = $2 AND k.camera_id = $3 AND k.stream = s.stream
                        AND k.tombstoned_at IS NULL AND k.start_at >= $7 AND k.start_at < $8
                        AND k.start_at > $1 + interval '1 hour'
                        AND k.registered_at <= $1 - $4 * interval '24 hours'
                        AND NOT ($6 AND sparc.is_held($2, $3, k.start_at, k.end_at))
                    ORDER BY k.start_at LIMIT 1)) p
            $body$;
        GRANT EXECUTE ON FUNCTION
            kept_from(timestamptz, timestamptz, timestamptz, timestamptz, timestamptz),
            may_be_held(uuid, uuid),
            retention_due(timestamptz, uuid, uuid, bigint, timestamptz, boolean)
            TO sparc_app, sparc_platform;
        GRANT EXECUTE ON FUNCTION retention_first(timestamptz, uuid, uuid, bigint, timestamptz,
            boolean, timestamptz, timestamptz) TO sparc_platform;
        """
}
