import Database

extension Migration {
    /// Logins, so that a restart forgets no end of one.
    static let sessions = Migration(
        name: "0010_sessions",
        sql: """
            CREATE TABLE sessions (
                tenant_id  uuid NOT NULL REFERENCES tenants,
                id         uuid NOT NULL,
                -- Without reference: that a removed person's login has ended must be known for as
                -- long as its tokens are good.
                user_id    uuid NOT NULL,
                created_at timestamptz NOT NULL DEFAULT now(),
                -- Number of the refresh token that is good; the token itself is kept nowhere.
                generation bigint NOT NULL DEFAULT 1 CHECK (generation > 0),
                rotated_at timestamptz NOT NULL DEFAULT now(),
                expires_at timestamptz NOT NULL,
                ended_at   timestamptz,
                end_reason text CHECK (end_reason IN ('logged_out', 'ended', 'reused',
                    'password_changed', 'rights_changed', 'disabled', 'too_many')),
                address    text NOT NULL CHECK (char_length(address) <= 64),
                agent      text NOT NULL CHECK (char_length(agent) <= 256),
                PRIMARY KEY (tenant_id, id),
                CONSTRAINT sessions_end CHECK ((ended_at IS NULL) = (end_reason IS NULL))
            );
            CREATE INDEX sessions_of_user ON sessions (tenant_id, user_id, created_at);
            CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
            CREATE INDEX sessions_expiry ON sessions (expires_at);
            ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
            ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON sessions TO sparc_app
                USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
            GRANT SELECT, INSERT, UPDATE (generation, rotated_at, expires_at, ended_at, end_reason)
                ON sessions TO sparc_app;
            -- Which have ended, for every coordinator; and those that nobody needs any more go.
            CREATE POLICY platform ON sessions FOR SELECT TO sparc_platform USING (true);
            CREATE POLICY expired ON sessions FOR DELETE TO sparc_platform
                USING (expires_at < now() - interval '1 day'
                    OR ended_at < now() - interval '13 hours');
            GRANT SELECT (tenant_id, id, ended_at, expires_at), DELETE
                ON sessions TO sparc_platform;
            """
    )
}
