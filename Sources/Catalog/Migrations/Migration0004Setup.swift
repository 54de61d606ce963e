import Database

extension Migration {
    /// The one-time link that makes the first organisation, and a short name to log in with.
    ///
    /// Nobody reads or writes `setup_links` but three functions that run as its owner: no role that
    /// serves requests could put a token of its own there, or find the one that is.
    static let setup = Migration(
        name: "0004_setup",
        sql: table + functions
    )

    private static let table = """
        -- Short name or domain of the organisation, in small letters; also good for logging in.
        ALTER TABLE tenants ADD COLUMN domain text
            CHECK (char_length(domain) BETWEEN 1 AND 253
                AND domain ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$');
        CREATE UNIQUE INDEX tenants_domain ON tenants (domain);
        -- For begin_setup, which runs as the owner: only the tenant of the transaction.
        CREATE POLICY setup ON tenants FOR INSERT TO sparc_owner
            WITH CHECK (id = nullif(current_setting('app.current_tenant', true), '')::uuid);

        -- A name wins over another organisation's domain.
        CREATE OR REPLACE FUNCTION tenant_by_name(wanted text) RETURNS uuid
            LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = sparc, pg_temp
            AS 'SELECT id FROM tenants WHERE lower(name) = lower(wanted) OR domain = lower(wanted)
                ORDER BY lower(name) = lower(wanted) DESC LIMIT 1';

        -- Without tenant: there is none yet. At most one row; none once there is an organisation.
        CREATE TABLE setup_links (
            only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
            -- SHA-256 of the token
            token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
            expires_at timestamptz NOT NULL
        );

        """

    private static let functions = """
        -- Replaces the link; false, and nothing happens, if there is an organisation.
        CREATE FUNCTION offer_setup(hash bytea) RETURNS boolean
            LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = sparc, pg_temp AS $$
        BEGIN
            -- Waits for a set-up that is under way.
            LOCK TABLE setup_links IN SHARE ROW EXCLUSIVE MODE;
            IF EXISTS (SELECT FROM tenants) THEN RETURN false; END IF;
            INSERT INTO setup_links (token_hash, expires_at)
                VALUES (hash, now() + interval '24 hours')
                ON CONFLICT (only_one) DO UPDATE
                    SET token_hash = excluded.token_hash, expires_at = excluded.expires_at;
            RETURN true;
        END $$;

        CREATE FUNCTION setup_is_open(hash bytea) RETURNS boolean
            LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = sparc, pg_temp
            AS 'SELECT EXISTS (SELECT FROM setup_links
                WHERE token_hash = hash AND expires_at > now())
                AND NOT EXISTS (SELECT FROM tenants)';

        -- Uses the link up and makes the tenant of the transaction; false if it is not good. Of two
        -- at once the second waits for the row and then finds none.
        CREATE FUNCTION begin_setup(hash bytea, tenant uuid, tenant_name text, tenant_domain text)
            RETURNS boolean
            LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = sparc, pg_temp AS $$
        BEGIN
            DELETE FROM setup_links WHERE token_hash = hash AND expires_at > now();
            IF NOT FOUND OR EXISTS (SELECT FROM tenants) THEN RETURN false; END IF;
            INSERT INTO tenants (id, name, domain) VALUES (tenant, tenant_name, tenant_domain);
            RETURN true;
        END $$;

        REVOKE ALL ON FUNCTION offer_setup(bytea), setup_is_open(bytea),
            begin_setup(bytea, uuid, text, text) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION offer_setup(bytea) TO sparc_platform;
        GRANT EXECUTE ON FUNCTION setup_is_open(bytea), begin_setup(bytea, uuid, text, text)
            TO sparc_app;
        """
}
