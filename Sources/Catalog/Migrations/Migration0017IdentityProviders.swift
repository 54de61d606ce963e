import Database

extension Migration {
    /// Organisations log their people in through providers of their own (OpenID Connect).
    static let identityProviders = Migration(
        name: "0017_identity_providers",
        sql: """
            CREATE TABLE identity_providers (
                tenant_id      uuid NOT NULL REFERENCES tenants,
                id             uuid NOT NULL,
                name           text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
                -- Never changed: with another issuer the subjects below were other people.
                issuer         text NOT NULL CHECK (char_length(issuer) BETWEEN 1 AND 2048),
                client_id      text NOT NULL CHECK (char_length(client_id) BETWEEN 1 AND 255),
                -- Sealed for this row of this tenant.
                client_secret  bytea NOT NULL CHECK (octet_length(client_secret) <= 4096),
                email_domains  text[] NOT NULL CHECK (cardinality(email_domains) <= 50),
                -- Of a provider that never says whether it verified an address.
                assumes_verified_email boolean NOT NULL,
                creates_people boolean NOT NULL,
                role           text NOT NULL CHECK (role <> 'owner'),
                is_enabled     boolean NOT NULL,
                created_at     timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (tenant_id, id)
            );
            -- The login page knows an organisation's name alone, so there is one to go to.
            CREATE UNIQUE INDEX identity_providers_enabled ON identity_providers (tenant_id)
                WHERE is_enabled;
            ALTER TABLE identity_providers ENABLE ROW LEVEL SECURITY;
            ALTER TABLE identity_providers FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON identity_providers TO sparc_app
                USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
            CREATE POLICY purge ON identity_providers TO sparc_owner
                USING (tenant_id = nullif(current_setting('app.purged_tenant', true), '')::uuid)
                WITH CHECK (false);
            GRANT SELECT, INSERT, DELETE, UPDATE (name, client_id, client_secret, email_domains,
                assumes_verified_email, creates_people, role, is_enabled) ON identity_providers TO sparc_app;

            -- Who somebody is at a provider; one person there is one here, and the other way round.
            CREATE TABLE user_identities (
                tenant_id   uuid NOT NULL,
                provider_id uuid NOT NULL,
                subject     text NOT NULL CHECK (octet_length(subject) BETWEEN 1 AND 255),
                user_id     uuid NOT NULL,
                linked_at   timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (tenant_id, provider_id, subject),
                CONSTRAINT user_identities_user_once UNIQUE (tenant_id, user_id, provider_id),
                CONSTRAINT user_identities_provider FOREIGN KEY (tenant_id, provider_id)
                    REFERENCES identity_providers ON DELETE CASCADE,
                CONSTRAINT user_identities_user FOREIGN KEY (tenant_id, user_id) REFERENCES users
                    ON DELETE CASCADE
            );
            ALTER TABLE user_identities ENABLE ROW LEVEL SECURITY;
            ALTER TABLE user_identities FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON user_identities TO sparc_app
                USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
            CREATE POLICY purge ON user_identities TO sparc_owner
                USING (tenant_id = nullif(current_setting('app.purged_tenant', true), '')::uuid)
                WITH CHECK (false);
            GRANT SELECT, INSERT, DELETE ON user_identities TO sparc_app;

            -- Logins that are under way, each of which goes on once only.
            CREATE TABLE provider_logins (
                tenant_id     uuid NOT NULL,
                id            uuid NOT NULL,
                provider_id   uuid NOT NULL,
                -- SHA-256 of what travels through the provider, and of what the browser keeps.
                state_hash    bytea NOT NULL CHECK (octet_length(state_hash) = 32),
                browser_hash  bytea NOT NULL CHECK (octet_length(browser_hash) = 32),
                nonce         text NOT NULL CHECK (char_length(nonce) <= 64),
                code_verifier text NOT NULL CHECK (char_length(code_verifier) <= 128),
                begun_at      timestamptz NOT NULL DEFAULT now(),
                answered_at   timestamptz,
                -- Who it turned out to be.
                user_id       uuid,
                granted_at    timestamptz,
                PRIMARY KEY (tenant_id, id),
                CONSTRAINT provider_logins_provider FOREIGN KEY (tenant_id, provider_id)
                    REFERENCES identity_providers ON DELETE CASCADE,
                CONSTRAINT provider_logins_user FOREIGN KEY (tenant_id, user_id) REFERENCES users
                    ON DELETE CASCADE,
                CONSTRAINT provider_logins_granted CHECK ((user_id IS NULL) = (granted_at IS NULL)
                    AND (granted_at IS NULL OR answered_at IS NOT NULL))
            );
            CREATE INDEX provider_logins_begun ON provider_logins (tenant_id, begun_at);
            CREATE INDEX provider_logins_of_provider ON provider_logins (tenant_id, provider_id);
            CREATE INDEX provider_logins_of_user ON provider_logins (tenant_id, user_id);
            ALTER TABLE provider_logins ENABLE ROW LEVEL SECURITY;
            ALTER TABLE provider_logins FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON provider_logins TO sparc_app
                USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
            CREATE POLICY purge ON provider_logins TO sparc_owner
                USING (tenant_id = nullif(current_setting('app.purged_tenant', true), '')::uuid)
                WITH CHECK (false);
            GRANT SELECT, INSERT, DELETE, UPDATE (answered_at, user_id, granted_at)
                ON provider_logins TO sparc_app;

            CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON identity_providers
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
                audit_row('identity_provider', 'id', 'name,issuer,client_id,email_domains,'
                    'assumes_verified_email,creates_people,role,is_enabled', 'client_secret',
                    'created,changed,removed');
            CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR DELETE ON user_identities
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
                audit_row('user_identity', 'user_id', 'provider_id,subject', '',
                    'linked,changed,unlinked');
            """
    )
}
