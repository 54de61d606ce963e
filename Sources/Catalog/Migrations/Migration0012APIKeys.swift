import Database

extension Migration {
    /// Keys of programs, each of a person and with a part of that person's rights.
    static let apiKeys = Migration(
        name: "0012_api_keys",
        sql: """
            CREATE TABLE api_keys (
                tenant_id    uuid NOT NULL,
                id           uuid NOT NULL,
                user_id      uuid NOT NULL,
                name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
                -- SHA-256 of its random part.
                secret_hash  bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
                permissions  text[] NOT NULL CHECK (cardinality(permissions) BETWEEN 1 AND 100),
                created_at   timestamptz NOT NULL DEFAULT now(),
                expires_at   timestamptz NOT NULL,
                -- To the minute.
                last_used_at timestamptz,
                revoked_at   timestamptz,
                PRIMARY KEY (tenant_id, id),
                CONSTRAINT api_keys_user FOREIGN KEY (tenant_id, user_id) REFERENCES users
                    ON DELETE CASCADE
            );
            CREATE INDEX api_keys_of_user ON api_keys (tenant_id, user_id, created_at);
            CREATE INDEX api_keys_revoked ON api_keys (revoked_at) WHERE revoked_at IS NOT NULL;
            ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
            ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON api_keys TO sparc_app
                USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
            GRANT SELECT, INSERT, UPDATE (last_used_at, revoked_at) ON api_keys TO sparc_app;
            -- For every coordinator, as the ends of logins; and those of long ago go.
            CREATE POLICY platform ON api_keys FOR SELECT TO sparc_platform USING (true);
            CREATE POLICY expired ON api_keys FOR DELETE TO sparc_platform
                USING (expires_at < now() - interval '30 days'
                    OR revoked_at < now() - interval '30 days');
            GRANT SELECT (tenant_id, id, expires_at, revoked_at), DELETE
                ON api_keys TO sparc_platform;
            """
    )
}
