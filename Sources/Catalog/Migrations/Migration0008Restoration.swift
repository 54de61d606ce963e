import Database

extension Migration {
    /// What an index that is made anew from the bucket needs: rights to write its rows, and the
    /// protection of the footage until a person has looked at it.
    static let restoration = Migration(
        name: "0008_restoration",
        sql: protection + rights + partitions
    )

    private static let protection = """
        -- Of which cameras footage came back, and whether retention may touch it. Without reference
        -- to the camera, as holds.
        CREATE TABLE restored_footage (
            tenant_id          uuid NOT NULL REFERENCES tenants,
            camera_id          uuid NOT NULL,
            -- The camera itself was unknown and has been made by the restoration.
            is_camera_restored boolean NOT NULL,
            -- Of all that came back since the last release.
            from_at            timestamptz NOT NULL,
            to_at              timestamptz NOT NULL CHECK (to_at > from_at),
            chunks             bigint NOT NULL CHECK (chunks > 0),
            restored_at        timestamptz NOT NULL DEFAULT now(),
            -- Null: nothing of this span is deleted, whatever its age.
            released_at        timestamptz,
            PRIMARY KEY (tenant_id, camera_id)
        );
        ALTER TABLE restored_footage ENABLE ROW LEVEL SECURITY;
        ALTER TABLE restored_footage FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON restored_footage FOR SELECT TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON restored_footage TO sparc_platform
            USING (true) WITH CHECK (true);
        GRANT SELECT ON restored_footage TO sparc_app;
        GRANT SELECT (tenant_id, camera_id, is_camera_restored, from_at, to_at, chunks, restored_at,
                released_at),
            INSERT (tenant_id, camera_id, is_camera_restored, from_at, to_at, chunks),
            UPDATE (is_camera_restored, from_at, to_at, chunks, restored_at, released_at), DELETE
            ON restored_footage TO sparc_platform;

        CREATE OR REPLACE FUNCTION is_held(
            tenant uuid, camera uuid, start_at timestamptz, end_at timestamptz
        ) RETURNS boolean LANGUAGE sql STABLE AS $body$
            SELECT EXISTS (SELECT FROM sparc.holds h WHERE h.tenant_id = $1
                AND (h.camera_id IS NULL OR h.camera_id = $2) AND h.released_at IS NULL
                AND h.from_at < $4 AND h.to_at > $3)
            OR EXISTS (SELECT FROM sparc.restored_footage f WHERE f.tenant_id = $1
                AND f.camera_id = $2 AND f.released_at IS NULL
                AND f.from_at < $4 AND f.to_at > $3)
            $body$;

        """

    private static let rights = """
        -- Until then an index is being made anew, and nothing is deleted.
        ALTER TABLE retention_state ADD rebuilding_until timestamptz;
        GRANT SELECT (rebuilding_until), UPDATE (rebuilding_until) ON retention_state
            TO sparc_platform;
        -- A camera of the platform is never recorded: it has been removed from the first moment on.
        CREATE POLICY restored ON cameras FOR INSERT TO sparc_platform
            WITH CHECK (removed_at IS NOT NULL);
        -- The longest retention that its footage tells of.
        CREATE POLICY restored_rule ON cameras FOR UPDATE TO sparc_platform
            USING (removed_at IS NOT NULL AND EXISTS (SELECT FROM restored_footage f
                WHERE f.tenant_id = cameras.tenant_id AND f.camera_id = cameras.id
                    AND f.is_camera_restored));
        GRANT INSERT (tenant_id, id, name, transport, retention_days, removed_at),
            UPDATE (retention_days) ON cameras TO sparc_platform;
        -- Its streams have no address, and are there so that they can be chosen and played.
        CREATE POLICY restored ON camera_streams FOR INSERT TO sparc_platform
            WITH CHECK (url = '' AND credentials IS NULL AND EXISTS (SELECT FROM cameras c
                WHERE c.tenant_id = camera_streams.tenant_id AND c.id = camera_streams.camera_id
                    AND c.removed_at IS NOT NULL));
        GRANT INSERT (tenant_id, camera_id, stream, url) ON camera_streams TO sparc_platform;
        -- All that two rows are compared by, and when the store got the object.
        GRANT SELECT (run_id, media_start_90k, initialization_length, initialization_hash, codecs,
                width, height, retention_days, segments),
            INSERT (registered_at) ON chunks TO sparc_platform;

        """

    private static let partitions = """
        -- Makes the partitions of these UTC days, as far as footage can be of them: ten years back
        -- to 14 days ahead; other days lie in the default partition.
        CREATE FUNCTION make_restored_partitions(days timestamptz[]) RETURNS bigint
            LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = sparc, pg_temp AS $body$
        DECLARE
            today date := (now() AT TIME ZONE 'UTC')::date;
            wanted date;
            made  bigint := 0;
        BEGIN
            FOR wanted IN SELECT DISTINCT (d AT TIME ZONE 'UTC')::date AS day
                FROM unnest(days) AS d ORDER BY day
            LOOP
                CONTINUE WHEN wanted < today - 3650 OR wanted > today + 14;
                IF make_chunk_partition(wanted) THEN made := made + 1; END IF;
            END LOOP;
            RETURN made;
        END
        $body$;
        REVOKE ALL ON FUNCTION make_restored_partitions(timestamptz[]) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION make_restored_partitions(timestamptz[]) TO sparc_platform;
        """
}
