import Database

extension Migration {
    /// One-time passwords with recovery codes, and whether an organisation requires them.
    static let secondFactors = Migration(
        name: "0018_second_factors",
        sql: """
            CREATE TABLE second_factors (
                tenant_id    uuid NOT NULL,
                user_id      uuid NOT NULL,
                -- The seed, encrypted for this row.
                sealed_seed  bytea NOT NULL CHECK (octet_length(sealed_seed) BETWEEN 1 AND 256),
                created_at   timestamptz NOT NULL DEFAULT now(),
                -- Not asked for before its person has shown a code of it.
                confirmed_at timestamptz,
                -- The step of the last code that was used: none of it and before it is good any more.
                last_step    bigint NOT NULL DEFAULT 0,
                -- When its recovery codes were made, and when one was used last.
                codes_made_at    timestamptz,
                recovery_used_at timestamptz,
                -- Codes that were tried with a right password since the last login by one.
                tries        integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
                tried_at     timestamptz,
                PRIMARY KEY (tenant_id, user_id),
                CONSTRAINT second_factors_user FOREIGN KEY (tenant_id, user_id) REFERENCES users
                    ON DELETE CASCADE
            );
            ALTER TABLE second_factors ENABLE ROW LEVEL SECURITY;
            ALTER TABLE second_factors FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON second_factors TO sparc_app
                USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
            CREATE POLICY purge ON second_factors TO sparc_owner
                USING (tenant_id = nullif(current_setting('app.purged_tenant', true), '')::uuid)
                WITH CHECK (false);
            GRANT SELECT, INSERT, DELETE,
                UPDATE (sealed_seed, created_at, confirmed_at, last_step, codes_made_at,
                    recovery_used_at, tries, tried_at)
                ON second_factors TO sparc_app;

            -- Those that were not used; one that is goes.
            CREATE TABLE recovery_codes (
                tenant_id uuid NOT NULL,
                user_id   uuid NOT NULL,
                code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
                PRIMARY KEY (tenant_id, user_id, code_hash),
                CONSTRAINT recovery_codes_factor FOREIGN KEY (tenant_id, user_id)
                    REFERENCES second_factors ON DELETE CASCADE
            );
            ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY;
            ALTER TABLE recovery_codes FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON recovery_codes TO sparc_app
                USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
            CREATE POLICY purge ON recovery_codes TO sparc_owner
                USING (tenant_id = nullif(current_setting('app.purged_tenant', true), '')::uuid)
                WITH CHECK (false);
            GRANT SELECT, INSERT, DELETE ON recovery_codes TO sparc_app;

            -- An organisation without a row requires nothing.
            CREATE TABLE login_policies (
                tenant_id              uuid PRIMARY KEY REFERENCES tenants,
                requires_second_factor boolean NOT NULL,
                changed_at             timestamptz NOT NULL DEFAULT now()
            );
            ALTER TABLE login_policies ENABLE ROW LEVEL SECURITY;
            ALTER TABLE login_policies FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON login_policies TO sparc_app
                USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
            CREATE POLICY purge ON login_policies TO sparc_owner
                USING (tenant_id = nullif(current_setting('app.purged_tenant', true), '')::uuid)
                WITH CHECK (false);
            GRANT SELECT, INSERT, UPDATE (requires_second_factor, changed_at)
                ON login_policies TO sparc_app;

            -- A login of somebody who must have a second factor and has none.
            ALTER TABLE sessions ADD COLUMN enrols_only boolean NOT NULL DEFAULT false;
            GRANT UPDATE (enrols_only) ON sessions TO sparc_app;

            CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON second_factors
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
                audit_row('second_factor', 'user_id',
                    'confirmed_at,codes_made_at,recovery_used_at', 'sealed_seed',
                    'begun,changed,removed');
            CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE ON login_policies
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
                audit_row('login_policy', 'tenant_id', 'requires_second_factor', '',
                    'made,changed,removed');
            """
    )
}
