import Database

extension Migration {
    /// Chunks that workers gave up for want of room, and how full their spools are.
    static let spool = Migration(name: "0007_spool", sql: drops + status)

    private static let drops = """
        -- A chunk that a worker gave up. As long as its row is here an offer of it that comes late
        -- is refused, and a second telling adds nothing.
        CREATE TABLE chunk_drops (
            tenant_id    uuid NOT NULL,
            camera_id    uuid NOT NULL,
            stream       text NOT NULL CHECK (stream IN ('main', 'sub')),
            epoch        bigint NOT NULL CHECK (epoch > 0),
            sequence     bigint NOT NULL CHECK (sequence > 0),
            start_at     timestamptz NOT NULL,
            end_at       timestamptz NOT NULL CHECK (end_at > start_at),
            length_bytes bigint NOT NULL CHECK (length_bytes >= 0),
            -- When the coordinator was told.
            told_at      timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, camera_id, stream, epoch, sequence),
            CONSTRAINT chunk_drops_camera FOREIGN KEY (tenant_id, camera_id) REFERENCES cameras
        );
        CREATE INDEX chunk_drops_told ON chunk_drops (tenant_id, camera_id, told_at);
        ALTER TABLE chunk_drops ENABLE ROW LEVEL SECURITY;
        ALTER TABLE chunk_drops FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON chunk_drops FOR SELECT TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON chunk_drops TO sparc_platform USING (true) WITH CHECK (true);
        GRANT SELECT ON chunk_drops TO sparc_app;
        GRANT SELECT (tenant_id, camera_id, stream, epoch, sequence, start_at, end_at,
                length_bytes, told_at),
            INSERT (tenant_id, camera_id, stream, epoch, sequence, start_at, end_at,
                length_bytes), DELETE
            ON chunk_drops TO sparc_platform;

        """

    private static let status = """
        -- Oldest picture that the store does not have; null if it has all. When the spool will be
        -- full at the present rate; null while it does not fill. Whether it is so full that footage
        -- will be lost.
        ALTER TABLE stream_status
            ADD COLUMN oldest_unshipped_at timestamptz,
            ADD COLUMN spool_full_at       timestamptz,
            ADD COLUMN spool_is_filling    boolean NOT NULL DEFAULT false;
        GRANT SELECT (oldest_unshipped_at, spool_full_at, spool_is_filling),
            INSERT (oldest_unshipped_at, spool_full_at, spool_is_filling),
            UPDATE (oldest_unshipped_at, spool_full_at, spool_is_filling)
            ON stream_status TO sparc_platform;
        """
}
