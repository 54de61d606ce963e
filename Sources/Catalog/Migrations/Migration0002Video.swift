import Database

extension Migration {
    /// Cameras, who records them, and what was recorded.
    static let video = Migration(
        name: "0002_video",
        sql: cameras + fleet + recordings + partitions
    )

    private static let cameras = """
        CREATE TABLE cameras (
            tenant_id      uuid NOT NULL REFERENCES tenants,
            id             uuid NOT NULL,
            site_id        uuid,
            name           text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
            transport      text NOT NULL CHECK (transport IN ('tcp')),
            retention_days bigint NOT NULL CHECK (retention_days BETWEEN 1 AND 3650),
            version        bigint NOT NULL DEFAULT 1,
            created_at     timestamptz NOT NULL DEFAULT now(),
            -- Removed from recording; its footage stays to the end of its retention.
            removed_at     timestamptz,
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT cameras_site FOREIGN KEY (tenant_id, site_id) REFERENCES sites
        );
        CREATE INDEX cameras_page ON cameras (tenant_id, created_at, id);
        ALTER TABLE cameras ENABLE ROW LEVEL SECURITY;
        ALTER TABLE cameras FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON cameras TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON cameras FOR SELECT TO sparc_platform USING (true);
        GRANT SELECT, INSERT ON cameras TO sparc_app;
        GRANT UPDATE (site_id, name, transport, retention_days, version, removed_at)
            ON cameras TO sparc_app;
        GRANT SELECT (tenant_id, id, retention_days, removed_at) ON cameras TO sparc_platform;

        CREATE TABLE camera_streams (
            tenant_id   uuid NOT NULL,
            camera_id   uuid NOT NULL,
            stream      text NOT NULL CHECK (stream IN ('main', 'sub')),
            -- Without user name and password.
            url         text NOT NULL CHECK (char_length(url) <= 2048 AND url !~ '^[a-z]+://[^/]*@'),
            -- Sealed user name and password.
            credentials bytea CHECK (octet_length(credentials) <= 4096),
            PRIMARY KEY (tenant_id, camera_id, stream),
            CONSTRAINT camera_streams_camera FOREIGN KEY (tenant_id, camera_id) REFERENCES cameras
        );
        ALTER TABLE camera_streams ENABLE ROW LEVEL SECURITY;
        ALTER TABLE camera_streams FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON camera_streams TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON camera_streams FOR SELECT TO sparc_platform USING (true);
        GRANT SELECT, INSERT, DELETE ON camera_streams TO sparc_app;
        GRANT UPDATE (url, credentials) ON camera_streams TO sparc_app;
        GRANT SELECT (tenant_id, camera_id, stream, url, credentials)
            ON camera_streams TO sparc_platform;

        """

    private static let fleet = """
        -- Without tenant: a worker records cameras of all tenants.
        CREATE TABLE workers (
            id            uuid PRIMARY KEY,
            name          text NOT NULL CHECK (char_length(name) <= 255),
            -- Base URL of its live edge.
            edge          text NOT NULL CHECK (char_length(edge) <= 2048),
            -- Highest epoch in its spool when it registered.
            highest_epoch bigint NOT NULL CHECK (highest_epoch >= 0),
            registered_at timestamptz NOT NULL DEFAULT now(),
            seen_at       timestamptz NOT NULL DEFAULT now()
        );
        GRANT SELECT (id, name, edge, highest_epoch, registered_at, seen_at),
            INSERT (id, name, edge, highest_epoch),
            UPDATE (name, edge, highest_epoch, registered_at, seen_at)
            ON workers TO sparc_platform;

        -- Every epoch that was ever granted: chunks of another one are refused.
        CREATE TABLE stream_epochs (
            tenant_id  uuid NOT NULL,
            camera_id  uuid NOT NULL,
            stream     text NOT NULL,
            epoch      bigint NOT NULL CHECK (epoch > 0),
            worker_id  uuid NOT NULL REFERENCES workers,
            granted_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, camera_id, stream, epoch),
            CONSTRAINT stream_epochs_stream FOREIGN KEY (tenant_id, camera_id) REFERENCES cameras
        );
        ALTER TABLE stream_epochs ENABLE ROW LEVEL SECURITY;
        ALTER TABLE stream_epochs FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON stream_epochs FOR SELECT TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON stream_epochs TO sparc_platform USING (true) WITH CHECK (true);
        GRANT SELECT (tenant_id, camera_id, stream, epoch, worker_id, granted_at),
            INSERT (tenant_id, camera_id, stream, epoch, worker_id)
            ON stream_epochs TO sparc_platform;

        -- Who records a stream now.
        CREATE TABLE stream_leases (
            tenant_id  uuid NOT NULL,
            camera_id  uuid NOT NULL,
            stream     text NOT NULL,
            epoch      bigint NOT NULL,
            worker_id  uuid NOT NULL REFERENCES workers,
            granted_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, camera_id, stream),
            CONSTRAINT stream_leases_epoch FOREIGN KEY (tenant_id, camera_id, stream, epoch)
                REFERENCES stream_epochs
        );
        CREATE INDEX stream_leases_worker ON stream_leases (worker_id);
        ALTER TABLE stream_leases ENABLE ROW LEVEL SECURITY;
        ALTER TABLE stream_leases FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON stream_leases FOR SELECT TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON stream_leases TO sparc_platform USING (true) WITH CHECK (true);
        GRANT SELECT (tenant_id, camera_id, stream, epoch, worker_id, granted_at),
            INSERT (tenant_id, camera_id, stream, epoch, worker_id),
            UPDATE (epoch, worker_id, granted_at), DELETE
            ON stream_leases TO sparc_platform;

        -- The last liveness report of each stream.
        CREATE TABLE stream_status (
            tenant_id        uuid NOT NULL,
            camera_id        uuid NOT NULL,
            stream           text NOT NULL,
            worker_id        uuid NOT NULL REFERENCES workers,
            state            text NOT NULL,
            since            timestamptz NOT NULL,
            reasons          text[] NOT NULL,
            gap              text,
            -- Pictures and bits per second; null while not connected.
            frame_rate       double precision,
            bit_rate         bigint,
            last_keyframe_at timestamptz,
            reconnects       bigint,
            packets_lost     bigint,
            -- Bytes in the spool that the store does not have.
            backlog_bytes    bigint NOT NULL,
            reported_at      timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, camera_id, stream),
            CONSTRAINT stream_status_camera FOREIGN KEY (tenant_id, camera_id) REFERENCES cameras
        );
        ALTER TABLE stream_status ENABLE ROW LEVEL SECURITY;
        ALTER TABLE stream_status FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON stream_status FOR SELECT TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON stream_status TO sparc_platform USING (true) WITH CHECK (true);
        GRANT SELECT ON stream_status TO sparc_app;
        GRANT SELECT (tenant_id, camera_id, stream, worker_id, state, since, reasons, gap,
                frame_rate, bit_rate, last_keyframe_at, reconnects, packets_lost, backlog_bytes,
                reported_at),
            INSERT (tenant_id, camera_id, stream, worker_id, state, since, reasons, gap,
                frame_rate, bit_rate, last_keyframe_at, reconnects, packets_lost, backlog_bytes),
            UPDATE (worker_id, state, since, reasons, gap, frame_rate, bit_rate,
                last_keyframe_at, reconnects, packets_lost, backlog_bytes, reported_at)
            ON stream_status TO sparc_platform;

        -- End of the newest registered chunk: asked for every stream at once, so not looked for
        -- in the chunks.
        CREATE TABLE stream_progress (
            tenant_id      uuid NOT NULL,
            camera_id      uuid NOT NULL,
            stream         text NOT NULL,
            recorded_until timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, camera_id, stream),
            CONSTRAINT stream_progress_camera FOREIGN KEY (tenant_id, camera_id) REFERENCES cameras
        );
        ALTER TABLE stream_progress ENABLE ROW LEVEL SECURITY;
        ALTER TABLE stream_progress FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON stream_progress FOR SELECT TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON stream_progress TO sparc_platform USING (true) WITH CHECK (true);
        GRANT SELECT (tenant_id, camera_id, stream, recorded_until),
            INSERT (tenant_id, camera_id, stream, recorded_until), UPDATE (recorded_until)
            ON stream_progress TO sparc_platform;

        """

    private static let recordings = """
        CREATE TABLE chunks (
            tenant_id             uuid NOT NULL,
            camera_id             uuid NOT NULL,
            stream                text NOT NULL CHECK (stream IN ('main', 'sub')),
            -- Wall time of the first picture; its UTC day is the partition.
            start_at              timestamptz NOT NULL,
            epoch                 bigint NOT NULL CHECK (epoch > 0),
            sequence              bigint NOT NULL CHECK (sequence > 0),
            -- Wall time after the last picture. A chunk is shorter than an hour: that is how far
            -- before a range its first chunk is looked for.
            end_at                timestamptz NOT NULL
                CHECK (end_at > start_at AND end_at - start_at <= interval '1 hour'),
            run_id                uuid NOT NULL,
            -- Decode time of the first picture, ticks of 1/90,000 s.
            media_start_90k       bigint NOT NULL,
            -- Bytes of ftyp and moov at the front.
            initialization_length bigint NOT NULL CHECK (initialization_length > 0),
            initialization_hash   text NOT NULL CHECK (char_length(initialization_hash) = 16),
            codecs                text NOT NULL CHECK (char_length(codecs) <= 255),
            width                 bigint NOT NULL,
            height                bigint NOT NULL,
            length_bytes          bigint NOT NULL CHECK (length_bytes > 0),
            sha256                bytea NOT NULL CHECK (octet_length(sha256) = 32),
            object_key            text NOT NULL CHECK (char_length(object_key) <= 1024),
            -- As it was at the time of registration; the object's tag says the same.
            retention_days        bigint NOT NULL,
            -- Durations, lengths and flags of the segments, packed.
            segments              bytea NOT NULL CHECK (octet_length(segments) <= 65536),
            registered_at         timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, camera_id, stream, start_at, epoch, sequence),
            CONSTRAINT chunks_camera FOREIGN KEY (tenant_id, camera_id) REFERENCES cameras
        ) PARTITION BY RANGE (start_at);
        CREATE INDEX chunks_name ON chunks (tenant_id, camera_id, stream, epoch, sequence);
        ALTER TABLE chunks ENABLE ROW LEVEL SECURITY;
        ALTER TABLE chunks FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON chunks FOR SELECT TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON chunks TO sparc_platform USING (true) WITH CHECK (true);
        GRANT SELECT ON chunks TO sparc_app;
        GRANT SELECT (tenant_id, camera_id, stream, start_at, epoch, sequence, sha256),
            INSERT (tenant_id, camera_id, stream, start_at, epoch, sequence, end_at, run_id,
                media_start_90k, initialization_length, initialization_hash, codecs, width, height,
                length_bytes, sha256, object_key, retention_days, segments)
            ON chunks TO sparc_platform;
        -- Strays: stamps of clocks that are wrong by years.
        CREATE TABLE chunks_default PARTITION OF chunks DEFAULT;

        CREATE TABLE gaps (
            tenant_id uuid NOT NULL,
            camera_id uuid NOT NULL,
            stream    text NOT NULL CHECK (stream IN ('main', 'sub')),
            start_at  timestamptz NOT NULL,
            end_at    timestamptz NOT NULL CHECK (end_at > start_at),
            reason    text NOT NULL CHECK (reason IN ('camera_offline', 'connect_failed',
                'auth_failed', 'packet_loss', 'no_keyframe', 'time_jump', 'recorder_crash',
                'worker_down', 'disk_full')),
            -- The chunk after it is registered: its end is final.
            is_closed boolean NOT NULL,
            CONSTRAINT gaps_start PRIMARY KEY (tenant_id, camera_id, stream, start_at),
            CONSTRAINT gaps_camera FOREIGN KEY (tenant_id, camera_id) REFERENCES cameras
        );
        CREATE INDEX gaps_end ON gaps (tenant_id, camera_id, stream, end_at);
        ALTER TABLE gaps ENABLE ROW LEVEL SECURITY;
        ALTER TABLE gaps FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON gaps FOR SELECT TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON gaps TO sparc_platform USING (true) WITH CHECK (true);
        GRANT SELECT ON gaps TO sparc_app;
        GRANT SELECT (tenant_id, camera_id, stream, start_at, end_at, reason, is_closed),
            INSERT (tenant_id, camera_id, stream, start_at, end_at, reason, is_closed),
            UPDATE (end_at, reason, is_closed)
            ON gaps TO sparc_platform;

        """

    private static let partitions = """
        -- Makes the partition of one UTC day and moves into it what lay in the default partition.
        -- Built apart and attached, so that readers and writers of other days go on.
        CREATE FUNCTION make_chunk_partition(day date) RETURNS boolean
            LANGUAGE plpgsql SET search_path = sparc, pg_temp AS $body$
        DECLARE
            child text := 'chunks_' || to_char(day, 'YYYYMMDD');
            first timestamptz := day::timestamp AT TIME ZONE 'UTC';
            past  timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
        BEGIN
            IF to_regclass(child) IS NOT NULL THEN RETURN false; END IF;
            -- Conflicts with itself: of two callers the second finds the partition made.
            LOCK TABLE ONLY chunks IN SHARE UPDATE EXCLUSIVE MODE;
            IF to_regclass(child) IS NOT NULL THEN RETURN false; END IF;
            LOCK TABLE chunks_default IN ACCESS EXCLUSIVE MODE;
            EXECUTE format('CREATE TABLE %I (LIKE chunks INCLUDING ALL)', child);
            -- The rows wait aside: attaching checks the references of what a table holds already,
            -- as the owner, who sees no camera under forced row security.
            CREATE TABLE chunks_moving (LIKE chunks);
            WITH moved AS (
                DELETE FROM chunks_default WHERE start_at >= first AND start_at < past RETURNING *
            ) INSERT INTO chunks_moving SELECT * FROM moved;
            EXECUTE format('ALTER TABLE chunks ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                child, first, past);
            EXECUTE format('INSERT INTO %I SELECT * FROM chunks_moving', child);
            DROP TABLE chunks_moving;
            RETURN true;
        END
        $body$;
        REVOKE ALL ON FUNCTION make_chunk_partition(date) FROM PUBLIC;

        -- Yesterday to 14 days ahead; the number of partitions made.
        CREATE FUNCTION ensure_partitions() RETURNS bigint
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = sparc, pg_temp AS $body$
        DECLARE
            today date := (now() AT TIME ZONE 'UTC')::date;
            made  bigint := 0;
        BEGIN
            FOR ahead IN -1..14 LOOP
                IF make_chunk_partition(today + ahead) THEN made := made + 1; END IF;
            END LOOP;
            RETURN made;
        END
        $body$;
        REVOKE ALL ON FUNCTION ensure_partitions() FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION ensure_partitions() TO sparc_platform;
        SELECT ensure_partitions();
        """
}
