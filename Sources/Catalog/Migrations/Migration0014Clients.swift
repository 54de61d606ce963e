import Database

extension Migration {
    /// A service provider's clients: what they may have, whether they may work, visits to them, and
    /// their end.
    static let clients = Migration(
        name: "0014_clients",
        sql: [directory, functions, visits, told, purge].joined(separator: "\n")
    )

    private static let directory = """
        ALTER TABLE tenants
            ADD COLUMN is_provider boolean NOT NULL DEFAULT false,
            -- Whose client it is; null: nobody's.
            ADD COLUMN provider_id uuid REFERENCES tenants,
            ADD COLUMN plan text CHECK (char_length(plan) BETWEEN 1 AND 64),
            -- How many it may have; null: as many as anybody.
            ADD COLUMN door_limit bigint CHECK (door_limit >= 0),
            ADD COLUMN camera_limit bigint CHECK (camera_limit >= 0),
            ADD COLUMN user_limit bigint CHECK (user_limit >= 0),
            ADD COLUMN state text NOT NULL DEFAULT 'active'
                CHECK (state IN ('active', 'suspended', 'closed')),
            ADD COLUMN state_reason text CHECK (char_length(state_reason) BETWEEN 1 AND 500),
            ADD COLUMN state_at timestamptz NOT NULL DEFAULT now(),
            -- From when on everything of it is deleted.
            ADD COLUMN delete_after timestamptz,
            -- Whether its provider's people may come in: its own decision.
            ADD COLUMN allows_visits boolean NOT NULL DEFAULT true,
            ADD CONSTRAINT tenants_end CHECK (delete_after IS NULL OR state = 'closed'),
            ADD CONSTRAINT tenants_provider CHECK (provider_id IS NULL OR NOT is_provider);
        CREATE INDEX tenants_clients ON tenants (provider_id, created_at, id);
        CREATE POLICY clients ON tenants FOR SELECT TO sparc_app
            USING (provider_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        GRANT UPDATE (allows_visits) ON tenants TO sparc_app;
        GRANT SELECT (state, delete_after, provider_id, is_provider),
            UPDATE (is_provider) ON tenants TO sparc_platform;
        -- Only for the functions below.
        CREATE POLICY clients_made ON tenants FOR INSERT TO sparc_owner
            WITH CHECK (provider_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY clients_changed ON tenants FOR UPDATE TO sparc_owner
            USING (provider_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        -- Whoever set up an installation first runs it.
        CREATE POLICY first ON tenants FOR UPDATE TO sparc_owner USING (true);
        UPDATE tenants SET is_provider = true
            WHERE id = (SELECT id FROM tenants ORDER BY created_at, id LIMIT 1);
        -- The trigger of the log is made anew below: what it has to write is written first.
        SET CONSTRAINTS ALL IMMEDIATE;
        SET CONSTRAINTS ALL DEFERRED;
        DROP POLICY first ON tenants;
        GRANT INSERT (is_provider) ON tenants TO sparc_platform;
        CREATE OR REPLACE FUNCTION begin_setup(hash bytea, tenant uuid, tenant_name text,
                tenant_domain text) RETURNS boolean
            LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = sparc, pg_temp AS $$
        BEGIN
            DELETE FROM setup_links WHERE token_hash = hash AND expires_at > now();
            IF NOT FOUND OR EXISTS (SELECT FROM tenants) THEN RETURN false; END IF;
            INSERT INTO tenants (id, name, domain, is_provider)
                VALUES (tenant, tenant_name, tenant_domain, true);
            RETURN true;
        END $$;
        """

    private static let functions = """
        -- Adds a client of the transaction's own tenant; false if that is no provider.
        CREATE FUNCTION create_client(client uuid, client_name text, client_domain text,
                client_plan text, doors bigint, cameras bigint, users bigint) RETURNS boolean
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = sparc, pg_temp AS $$
        DECLARE
            provider uuid := nullif(current_setting('app.current_tenant', true), '')::uuid;
        BEGIN
            PERFORM FROM tenants WHERE id = provider AND is_provider AND state = 'active';
            IF NOT FOUND THEN RETURN false; END IF;
            INSERT INTO tenants (id, name, domain, plan, door_limit, camera_limit, user_limit,
                    provider_id)
                VALUES (client, client_name, client_domain, client_plan, doors, cameras, users,
                    provider);
            RETURN true;
        END $$;
        -- Changes what a provider decides of a client, by column; what is not named stays. False if
        -- it is no client of the transaction's tenant, or not any more in the expected state.
        CREATE FUNCTION change_client(client uuid, expected text, changes jsonb) RETURNS boolean
            LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = sparc, pg_temp AS $$
        BEGIN
            UPDATE tenants SET
                name = coalesce(changes ->> 'name', name),
                domain = coalesce(changes ->> 'domain', domain),
                plan = coalesce(changes ->> 'plan', plan),
                door_limit = coalesce((changes ->> 'door_limit')::bigint, door_limit),
                camera_limit = coalesce((changes ->> 'camera_limit')::bigint, camera_limit),
                user_limit = coalesce((changes ->> 'user_limit')::bigint, user_limit),
                state = coalesce(changes ->> 'state', state),
                state_reason = CASE WHEN changes ? 'state' THEN changes ->> 'reason'
                    ELSE state_reason END,
                state_at = CASE WHEN changes ? 'state' THEN now() ELSE state_at END,
                delete_after = CASE WHEN changes ? 'state'
                    THEN now() + (changes ->> 'grace_days')::bigint * interval '1 day'
                    ELSE delete_after END
            WHERE id = client AND state = expected
                -- What is being deleted cannot be taken back.
                AND (delete_after IS NULL OR delete_after > now())
                AND provider_id = nullif(current_setting('app.current_tenant', true), '')::uuid;
            RETURN FOUND;
        END $$;
        REVOKE ALL ON FUNCTION create_client(uuid, text, text, text, bigint, bigint, bigint),
            change_client(uuid, text, jsonb) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION create_client(uuid, text, text, text, bigint, bigint, bigint),
            change_client(uuid, text, jsonb) TO sparc_app;
        """

    private static let visits = """
        -- Somebody of the provider's works in a client for a while; the login has the same id.
        CREATE TABLE visits (
            tenant_id   uuid NOT NULL REFERENCES tenants,
            id          uuid NOT NULL,
            provider_id uuid NOT NULL,
            user_id     uuid NOT NULL,
            -- The login at home that began it, and that it ends with.
            home_session uuid NOT NULL,
            -- Shown to the client.
            email       text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
            role        text NOT NULL CHECK (char_length(role) BETWEEN 1 AND 64),
            reason      text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 500),
            began_at    timestamptz NOT NULL DEFAULT now(),
            expires_at  timestamptz NOT NULL,
            ended_at    timestamptz,
            PRIMARY KEY (tenant_id, id)
        );
        CREATE INDEX visits_page ON visits (tenant_id, began_at, id);
        CREATE INDEX visits_of_user ON visits (tenant_id, user_id, expires_at);
        ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
        ALTER TABLE visits FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON visits TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        GRANT SELECT, INSERT, UPDATE (ended_at) ON visits TO sparc_app;
        ALTER TABLE sessions DROP CONSTRAINT sessions_end_reason_check,
            ADD CONSTRAINT sessions_end_reason_check CHECK (end_reason IN ('logged_out', 'ended',
                'reused', 'password_changed', 'rights_changed', 'disabled', 'too_many',
                'suspended'));
        """

    private static let told = """
        -- What concerns a provider too is also in the provider's log. Always the client's chain
        -- first: two transactions never wait for each other's.
        CREATE FUNCTION audit_for_provider() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = sparc, pg_temp
            SET timezone = 'UTC' AS $$
        DECLARE
            was     jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) ELSE '{}' END;
            becomes jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) ELSE '{}' END;
            present jsonb := CASE WHEN TG_OP = 'DELETE' THEN was ELSE becomes END;
            words   text[] := string_to_array(TG_ARGV[2], ',');
            details jsonb := '{}';
            before  jsonb;
            after   jsonb;
        BEGIN
            IF present ->> 'provider_id' IS NULL THEN RETURN NULL; END IF;
            SELECT jsonb_object_agg(c, was -> c) FILTER (WHERE TG_OP <> 'INSERT'),
                jsonb_object_agg(c, becomes -> c) FILTER (WHERE TG_OP <> 'DELETE')
                INTO before, after
                FROM unnest(string_to_array(TG_ARGV[1], ',')) AS c
                WHERE (was -> c) IS DISTINCT FROM (becomes -> c);
            IF TG_OP = 'UPDATE' AND before IS NULL THEN RETURN NULL; END IF;
            IF before IS NOT NULL THEN details := details || jsonb_build_object('before', before);
            END IF;
            IF after IS NOT NULL THEN details := details || jsonb_build_object('after', after);
            END IF;
            PERFORM append_audit(
                (present ->> 'provider_id')::uuid,
                TG_ARGV[0] || '.' || words[CASE TG_OP WHEN 'INSERT' THEN 1 WHEN 'UPDATE' THEN 2
                    ELSE 3 END],
                jsonb_build_object('kind', TG_ARGV[0],
                    'id', coalesce(present ->> 'tenant_id', present ->> 'id')),
                details
            );
            RETURN NULL;
        END $$;
        REVOKE ALL ON FUNCTION audit_for_provider() FROM PUBLIC;
        DROP TRIGGER audit ON tenants;
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON tenants
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('tenant', 'id', 'name,domain,retention_days,retention_minimum_days,quota_bytes,'
                'is_provider,provider_id,plan,door_limit,camera_limit,user_limit,state,state_reason,'
                'delete_after,allows_visits', '', 'created,changed,removed');
        CREATE CONSTRAINT TRIGGER audit_provider AFTER INSERT OR UPDATE OR DELETE ON tenants
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_for_provider('client', 'name,domain,plan,door_limit,camera_limit,user_limit,state,'
                'state_reason,delete_after,allows_visits', 'created,changed,removed');
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE ON visits
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('visit', 'id', 'provider_id,user_id,role,reason,expires_at,ended_at', '',
                'began,ended,removed');
        CREATE CONSTRAINT TRIGGER audit_provider AFTER INSERT OR UPDATE ON visits
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_for_provider('visit', 'id,user_id,role,reason,expires_at,ended_at',
                'began,ended,removed');
        """

    private static let purge = """
        -- What is left of a tenant whose time is over and whose footage is gone; its audit log
        -- stays. False: it is not, or footage is there still.
        CREATE POLICY purge ON tenants FOR DELETE TO sparc_owner
            USING (id = nullif(current_setting('app.purged_tenant', true), '')::uuid);
        DO $$
        DECLARE t regclass;
        BEGIN
            FOR t IN SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n
                    ON n.oid = c.relnamespace
                WHERE n.nspname = 'sparc' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                    AND c.relname NOT LIKE 'audit%' AND EXISTS (SELECT FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
            LOOP
                EXECUTE format('CREATE POLICY purge ON %s TO sparc_owner USING (tenant_id = '
                    'nullif(current_setting(%L, true), %L)::uuid) WITH CHECK (false)',
                    t, 'app.purged_tenant', '');
            END LOOP;
        END $$;
        CREATE FUNCTION purge_tenant(tenant uuid) RETURNS boolean
            LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = sparc, pg_temp AS $$
        DECLARE
            t     regclass;
            left_ bigint;
        BEGIN
            PERFORM FROM tenants WHERE id = tenant AND state = 'closed' AND delete_after < now();
            IF NOT FOUND THEN RETURN false; END IF;
            PERFORM set_config('app.purged_tenant', tenant::text, true);
            IF EXISTS (SELECT FROM chunks c WHERE c.tenant_id = tenant) THEN RETURN false; END IF;
            -- In the order that references allow, which is found by trying.
            FOR round IN 1..20 LOOP
                left_ := 0;
                FOR t IN SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n
                        ON n.oid = c.relnamespace
                    WHERE n.nspname = 'sparc' AND c.relkind IN ('r', 'p')
                        AND NOT c.relispartition AND c.relname NOT LIKE 'audit%'
                        AND EXISTS (SELECT FROM pg_attribute a
                            WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
                LOOP
                    BEGIN
                        EXECUTE format('DELETE FROM %s WHERE tenant_id = $1', t) USING tenant;
                    EXCEPTION WHEN foreign_key_violation THEN left_ := left_ + 1;
                    END;
                END LOOP;
                EXIT WHEN left_ = 0;
            END LOOP;
            DELETE FROM audit_people p WHERE p.tenant_id = tenant;
            -- Somebody took it back meanwhile, or has it as provider: nothing is deleted.
            DELETE FROM tenants WHERE id = tenant AND state = 'closed' AND delete_after < now();
            IF NOT FOUND THEN RAISE EXCEPTION 'the tenant is not to be deleted any more'; END IF;
            RETURN true;
        END $$;
        REVOKE ALL ON FUNCTION purge_tenant(uuid) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION purge_tenant(uuid) TO sparc_platform;
        """
}
