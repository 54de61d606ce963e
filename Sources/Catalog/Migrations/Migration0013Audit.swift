import Database

extension Migration {
    /// The audit log: one chain of entries for each organisation, written by the database itself.
    static let audit = Migration(
        name: "0013_audit",
        sql: [tables, append, notes, rows, triggers].joined(separator: "\n")
    )

    private static let tables = """
        -- The last entry of each chain. Without reference to tenants: a log outlives its tenant.
        CREATE TABLE audit_heads (
            tenant_id uuid PRIMARY KEY,
            position  bigint NOT NULL,
            hash      bytea NOT NULL CHECK (octet_length(hash) = 32)
        );
        -- The body is the entry; the other columns are made from it, so that they cannot differ.
        CREATE TABLE audit_entries (
            tenant_id    uuid NOT NULL,
            position     bigint NOT NULL CHECK (position > 0),
            body         text NOT NULL CHECK (octet_length(body) <= 65536),
            -- SHA-256 of the hash before and the body.
            hash         bytea NOT NULL CHECK (octet_length(hash) = 32),
            at           bigint GENERATED ALWAYS AS ((body::jsonb ->> 'at')::bigint) STORED NOT NULL,
            action       text GENERATED ALWAYS AS (body::jsonb ->> 'action') STORED NOT NULL,
            actor_id     text GENERATED ALWAYS AS (body::jsonb #>> '{actor,id}') STORED,
            subject_id   text GENERATED ALWAYS AS (body::jsonb #>> '{subject,id}') STORED,
            PRIMARY KEY (tenant_id, position)
        );
        CREATE INDEX audit_by_time ON audit_entries (tenant_id, at, position);
        CREATE INDEX audit_by_action ON audit_entries (tenant_id, action, position);
        CREATE INDEX audit_by_actor ON audit_entries (tenant_id, actor_id, position);
        CREATE INDEX audit_by_subject ON audit_entries (tenant_id, subject_id, position);
        -- Names of people, beside the chain: they go with their organisation, the chain does not.
        CREATE TABLE audit_people (
            tenant_id uuid NOT NULL,
            user_id   uuid NOT NULL,
            email     text NOT NULL,
            PRIMARY KEY (tenant_id, user_id)
        );
        ALTER TABLE audit_heads ENABLE ROW LEVEL SECURITY;
        ALTER TABLE audit_heads FORCE ROW LEVEL SECURITY;
        ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY;
        ALTER TABLE audit_entries FORCE ROW LEVEL SECURITY;
        ALTER TABLE audit_people ENABLE ROW LEVEL SECURITY;
        ALTER TABLE audit_people FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON audit_heads TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY tenant ON audit_entries TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY tenant ON audit_people TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        -- For the functions below, which run as the owner: entries are added, and nothing else.
        CREATE POLICY chain ON audit_heads TO sparc_owner USING (true) WITH CHECK (true);
        CREATE POLICY chain ON audit_entries FOR INSERT TO sparc_owner WITH CHECK (true);
        CREATE POLICY chain ON audit_people TO sparc_owner USING (true) WITH CHECK (true);
        GRANT SELECT ON audit_heads, audit_entries, audit_people TO sparc_app;
        -- Which logs there are, those of organisations that are gone too.
        CREATE POLICY platform ON audit_heads FOR SELECT TO sparc_platform USING (true);
        GRANT SELECT (tenant_id) ON audit_heads TO sparc_platform;

        CREATE POLICY names ON users FOR SELECT TO sparc_owner USING (true);
        INSERT INTO audit_people (tenant_id, user_id, email)
            SELECT tenant_id, id, email FROM users;
        DROP POLICY names ON users;
        """

    private static let append = """
        -- Adds an entry to a chain and holds the chain until the transaction ends. Who acts is the
        -- setting app.actor of the transaction, or the role that is connected.
        CREATE FUNCTION append_audit(tenant uuid, action text, subject jsonb, details jsonb)
            RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = sparc, pg_temp AS $$
        DECLARE
            last     audit_heads;
            entry    text;
            chained  bytea;
            acting   text := nullif(current_setting('app.actor', true), '');
        BEGIN
            INSERT INTO audit_heads (tenant_id, position, hash)
                VALUES (tenant, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
            SELECT * INTO last FROM audit_heads h WHERE h.tenant_id = tenant FOR UPDATE;
            entry := (jsonb_build_object(
                'version', 1,
                'tenant', tenant,
                'position', last.position + 1,
                'at', (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
                'action', action,
                'actor', coalesce(acting::jsonb,
                    jsonb_build_object('kind', 'system', 'name', session_user)),
                'subject', subject
            ) || coalesce(details, '{}'))::text;
            chained := sha256(last.hash || convert_to(entry, 'UTF8'));
            INSERT INTO audit_entries (tenant_id, position, body, hash)
                VALUES (tenant, last.position + 1, entry, chained);
            UPDATE audit_heads h SET position = last.position + 1, hash = chained
                WHERE h.tenant_id = tenant;
        END $$;
        REVOKE ALL ON FUNCTION append_audit(uuid, text, jsonb, jsonb) FROM PUBLIC;
        """

    private static let notes = """
        -- What leaves no row behind: what was read, and who was refused. Of the transaction's own
        -- tenant, and of a closed list, so that nobody can make up a change.
        CREATE FUNCTION note_audit(action text, subject jsonb, details jsonb) RETURNS void
            LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = sparc, pg_temp AS $$
        DECLARE
            tenant uuid := nullif(current_setting('app.current_tenant', true), '')::uuid;
        BEGIN
            IF tenant IS NULL OR action NOT IN ('footage.read', 'people.read', 'audit.read',
                'login.refused', 'client.owner_invited') THEN
                RAISE EXCEPTION 'no entry of this kind' USING ERRCODE = '42501';
            END IF;
            PERFORM append_audit(tenant, action, subject,
                jsonb_build_object('details', details));
        END $$;
        REVOKE ALL ON FUNCTION note_audit(text, jsonb, jsonb) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION note_audit(text, jsonb, jsonb) TO sparc_app;
        """

    private static let rows = """
        -- Of a changed row: its kind, the column of its id, the columns whose values are told, those
        -- of which only is told that they changed, and the words for the three operations.
        CREATE FUNCTION audit_row() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = sparc, pg_temp
            SET timezone = 'UTC' AS $$
        DECLARE
            was      jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) ELSE '{}' END;
            becomes  jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) ELSE '{}' END;
            present  jsonb := CASE WHEN TG_OP = 'DELETE' THEN was ELSE becomes END;
            words    text[] := string_to_array(TG_ARGV[4], ',');
            before   jsonb;
            after    jsonb;
            hidden   jsonb;
            details  jsonb := '{}';
        BEGIN
            SELECT jsonb_object_agg(c, was -> c) FILTER (WHERE TG_OP <> 'INSERT'),
                jsonb_object_agg(c, becomes -> c) FILTER (WHERE TG_OP <> 'DELETE')
                INTO before, after
                FROM unnest(string_to_array(TG_ARGV[2], ',')) AS c
                WHERE (was -> c) IS DISTINCT FROM (becomes -> c)
                    AND coalesce(was -> c, becomes -> c) <> 'null' OR TG_OP = 'UPDATE'
                    AND (was -> c) IS DISTINCT FROM (becomes -> c);
            SELECT jsonb_agg(c) INTO hidden
                FROM unnest(string_to_array(TG_ARGV[3], ',')) AS c
                WHERE TG_OP = 'UPDATE' AND (was -> c) IS DISTINCT FROM (becomes -> c);
            IF TG_OP = 'UPDATE' AND before IS NULL AND hidden IS NULL THEN RETURN NULL; END IF;
            IF before IS NOT NULL THEN details := details || jsonb_build_object('before', before);
            END IF;
            IF after IS NOT NULL THEN details := details || jsonb_build_object('after', after);
            END IF;
            IF hidden IS NOT NULL THEN
                details := details || jsonb_build_object('changed_secrets', hidden);
            END IF;
            PERFORM append_audit(
                coalesce(present ->> 'tenant_id', present ->> 'id')::uuid,
                TG_ARGV[0] || '.' || words[CASE TG_OP WHEN 'INSERT' THEN 1 WHEN 'UPDATE' THEN 2
                    ELSE 3 END],
                jsonb_build_object('kind', TG_ARGV[0], 'id', present ->> TG_ARGV[1]),
                details
            );
            RETURN NULL;
        END $$;
        REVOKE ALL ON FUNCTION audit_row() FROM PUBLIC;

        CREATE FUNCTION keep_audit_name() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = sparc, pg_temp AS $$
        BEGIN
            INSERT INTO audit_people (tenant_id, user_id, email)
                VALUES (NEW.tenant_id, NEW.id, NEW.email)
                ON CONFLICT (tenant_id, user_id) DO UPDATE SET email = excluded.email;
            RETURN NULL;
        END $$;
        REVOKE ALL ON FUNCTION keep_audit_name() FROM PUBLIC;
        CREATE TRIGGER audit_name AFTER INSERT OR UPDATE OF email ON users
            FOR EACH ROW EXECUTE FUNCTION keep_audit_name();
        """

    /// At the end of the transaction: the chain is the last thing that it waits for, so that two
    /// transactions that hold rows of each other's never wait for it as well.
    private static let triggers = """
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON tenants
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('tenant', 'id', 'name,domain,retention_days,retention_minimum_days,quota_bytes',
                '', 'created,changed,removed');
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON users
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('user', 'id', 'role,disabled_at', 'email,password_hash',
                'created,changed,removed');
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON invitations
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('invitation', 'user_id', 'invited_by,expires_at', '',
                'created,renewed,ended');
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE ON sessions
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('session', 'id', 'user_id,end_reason,ended_at', '', 'began,ended,removed');
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON api_keys
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('api_key', 'id', 'user_id,name,permissions,expires_at,revoked_at', '',
                'created,changed,removed');
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON sites
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('site', 'id', 'name,time_zone,retention_days', '',
                'created,changed,removed');
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON cameras
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('camera', 'id', 'name,site_id,transport,retention_days,removed_at', '',
                'created,changed,forgotten');
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE ON camera_streams
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('camera_stream', 'camera_id', 'stream,url', 'credentials',
                'created,changed,removed');
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON webhooks
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('webhook', 'id', 'kinds,is_enabled', 'url,secret',
                'created,changed,removed');
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON holds
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('hold', 'id', 'camera_id,from_at,to_at,reason,released_at', '',
                'created,released,removed');
        CREATE CONSTRAINT TRIGGER audit AFTER UPDATE ON alerts
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('alert', 'id', 'acknowledged_by,resolved_by', '',
                'opened,handled,removed');
        """
}
