import Database

extension Migration {
    /// Tenants, their users and sites, and the one function that finds a tenant before it is known.
    static let tenancy = Migration(
        name: "0001_tenancy",
        sql: """
            -- The directory: what must be readable before a tenant is known.
            CREATE TABLE tenants (
                id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                name       text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
                created_at timestamptz NOT NULL DEFAULT now()
            );
            CREATE UNIQUE INDEX tenants_name ON tenants (lower(name));
            ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
            ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
            CREATE POLICY own ON tenants FOR SELECT TO sparc_app
                USING (id = nullif(current_setting('app.current_tenant', true), '')::uuid);
            CREATE POLICY platform ON tenants TO sparc_platform USING (true) WITH CHECK (true);
            -- For tenant_by_name, which runs as the owner.
            CREATE POLICY directory ON tenants FOR SELECT TO sparc_owner USING (true);
            GRANT SELECT ON tenants TO sparc_app;
            GRANT SELECT (id, name, created_at), INSERT (id, name) ON tenants TO sparc_platform;

            CREATE FUNCTION tenant_by_name(wanted text) RETURNS uuid
                LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = sparc, pg_temp
                AS 'SELECT id FROM tenants WHERE lower(name) = lower(wanted)';
            REVOKE ALL ON FUNCTION tenant_by_name(text) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION tenant_by_name(text) TO sparc_app, sparc_platform;

            CREATE TABLE users (
                tenant_id     uuid NOT NULL REFERENCES tenants,
                id            uuid NOT NULL DEFAULT gen_random_uuid(),
                email         text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
                -- PHC string of argon2id
                password_hash text NOT NULL CHECK (char_length(password_hash) <= 512),
                role          text NOT NULL CHECK (char_length(role) BETWEEN 1 AND 64),
                created_at    timestamptz NOT NULL DEFAULT now(),
                disabled_at   timestamptz,
                PRIMARY KEY (tenant_id, id),
                CONSTRAINT users_email UNIQUE (tenant_id, email)
            );
            ALTER TABLE users ENABLE ROW LEVEL SECURITY;
            ALTER TABLE users FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON users TO sparc_app
                USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
            GRANT SELECT, INSERT ON users TO sparc_app;
            GRANT UPDATE (password_hash, role, disabled_at) ON users TO sparc_app;

            CREATE TABLE sites (
                tenant_id  uuid NOT NULL REFERENCES tenants,
                id         uuid NOT NULL DEFAULT gen_random_uuid(),
                name       text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
                created_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (tenant_id, id),
                CONSTRAINT sites_name UNIQUE (tenant_id, name)
            );
            ALTER TABLE sites ENABLE ROW LEVEL SECURITY;
            ALTER TABLE sites FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON sites TO sparc_app
                USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
            GRANT SELECT, INSERT, UPDATE (name) ON sites TO sparc_app;
            """
    )
}
