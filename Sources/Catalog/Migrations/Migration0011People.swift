import Database

extension Migration {
    /// People are invited, changed and removed; sites have a time zone.
    static let people = Migration(
        name: "0011_people",
        sql: """
            CREATE TABLE invitations (
                tenant_id  uuid NOT NULL,
                user_id    uuid NOT NULL,
                -- SHA-256 of the one-time token; a newer one takes its place.
                token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
                invited_by uuid NOT NULL,
                invited_at timestamptz NOT NULL DEFAULT now(),
                expires_at timestamptz NOT NULL,
                PRIMARY KEY (tenant_id, user_id),
                CONSTRAINT invitations_user FOREIGN KEY (tenant_id, user_id) REFERENCES users
                    ON DELETE CASCADE
            );
            ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
            ALTER TABLE invitations FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON invitations TO sparc_app
                USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
            GRANT SELECT, INSERT, DELETE, UPDATE (token_hash, invited_by, invited_at, expires_at)
                ON invitations TO sparc_app;

            GRANT DELETE ON users TO sparc_app;
            CREATE INDEX users_page ON users (tenant_id, created_at, id);

            -- A name of the IANA database; schedules of doors and reports go by it.
            ALTER TABLE sites ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC'
                CHECK (char_length(time_zone) BETWEEN 1 AND 64);
            GRANT DELETE, UPDATE (time_zone) ON sites TO sparc_app;
            """
    )
}
