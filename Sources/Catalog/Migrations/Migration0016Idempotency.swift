import Database

extension Migration {
    /// Requests with an `Idempotency-Key`, and what was answered to them.
    static let idempotency = Migration(
        name: "0016_idempotency",
        sql: """
            CREATE TABLE idempotency_keys (
                tenant_id    uuid NOT NULL,
                -- Whose user it goes with; null of a visitor, who is in another organisation.
                user_id      uuid,
                -- The user, an API key of the user, or a visitor.
                principal    text NOT NULL CHECK (octet_length(principal) BETWEEN 1 AND 64),
                key          text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 128),
                fingerprint  bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
                -- Whose request is being done: another one takes over what was lost.
                claim        uuid NOT NULL,
                claimed_at   timestamptz NOT NULL DEFAULT now(),
                -- Sealed; written in the transaction of the change.
                answer       bytea CHECK (octet_length(answer) <= 66000),
                PRIMARY KEY (tenant_id, principal, key),
                CONSTRAINT idempotency_keys_user FOREIGN KEY (tenant_id, user_id) REFERENCES users
                    ON DELETE CASCADE
            );
            CREATE INDEX idempotency_keys_of_user ON idempotency_keys (tenant_id, user_id);
            CREATE INDEX idempotency_keys_age ON idempotency_keys (claimed_at);
            ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
            ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON idempotency_keys TO sparc_app
                USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
            GRANT SELECT, INSERT, DELETE,
                UPDATE (fingerprint, claim, claimed_at, answer)
                ON idempotency_keys TO sparc_app;
            CREATE POLICY purge ON idempotency_keys TO sparc_owner
                USING (tenant_id = nullif(current_setting('app.purged_tenant', true), '')::uuid)
                WITH CHECK (false);
            CREATE POLICY expired ON idempotency_keys FOR DELETE TO sparc_platform
                USING (claimed_at < now() - interval '1 day');
            CREATE POLICY platform ON idempotency_keys FOR SELECT TO sparc_platform
                USING (claimed_at < now() - interval '1 day');
            GRANT SELECT (tenant_id, principal, key, claimed_at), DELETE
                ON idempotency_keys TO sparc_platform;
            """
    )
}
