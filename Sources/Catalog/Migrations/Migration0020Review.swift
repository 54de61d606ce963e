import Database

extension Migration {
    /// What a review of identity and tenancy asked for.
    static let review = Migration(
        name: "0020_review",
        sql: [purge, limits, factors].joined(separator: "\n")
    )

    /// The end of a tenant in transactions that each are as small as told.
    private static let purge = """
        DROP FUNCTION purge_tenant(uuid);
        -- Whether its time is over, its footage is gone, and nobody has it as provider.
        CREATE FUNCTION tenant_is_to_end(tenant uuid) RETURNS boolean
            LANGUAGE sql STABLE STRICT AS $$
            SELECT EXISTS (SELECT FROM sparc.tenants t
                    WHERE t.id = tenant AND t.state = 'closed' AND t.delete_after < now())
                AND NOT EXISTS (SELECT FROM sparc.tenants t WHERE t.provider_id = tenant)
                AND NOT EXISTS (SELECT FROM sparc.chunks c WHERE c.tenant_id = tenant)
            $$;
        -- Tables with rows of tenants, but for the audit log, which stays; the names beside it go
        -- last.
        CREATE FUNCTION tables_to_purge() RETURNS SETOF regclass LANGUAGE sql STABLE AS $$
            SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'sparc' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                AND c.relname NOT IN ('audit_heads', 'audit_entries')
                AND EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
            ORDER BY c.relname = 'audit_people', c.relname
            $$;
        REVOKE ALL ON FUNCTION tenant_is_to_end(uuid), tables_to_purge() FROM PUBLIC;

        -- Deletes so many rows of a tenant's at most, of one table, and says how many; 0: none is
        -- left; null: the tenant is not to end, or not yet. A table's turn comes when none refers
        -- to it any more, so nothing goes by cascade and no transaction gets longer than told. By
        -- index only: what others left dead at a table's begin would be read each time.
        CREATE FUNCTION purge_rows(tenant uuid, at_most bigint) RETURNS bigint
            LANGUAGE plpgsql STRICT SECURITY DEFINER
            SET search_path = sparc, pg_temp SET enable_seqscan = off AS $$
        DECLARE
            t           regclass;
            child       regclass;
            is_there    boolean;
            gone        bigint;
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtextextended('purge/' || tenant::text, 0));
            PERFORM set_config('app.purged_tenant', tenant::text, true);
            IF NOT tenant_is_to_end(tenant) THEN RETURN NULL; END IF;
            <<tables>>
            FOR t IN SELECT * FROM tables_to_purge() LOOP
                EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE tenant_id = $1)', t)
                    INTO is_there USING tenant;
                CONTINUE WHEN NOT is_there;
                FOR child IN SELECT DISTINCT k.conrelid::regclass FROM pg_constraint k
                    WHERE k.contype = 'f' AND k.confrelid = t AND k.conparentid = 0
                LOOP
                    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE tenant_id = $1)', child)
                        INTO is_there USING tenant;
                    CONTINUE tables WHEN is_there;
                END LOOP;
                EXECUTE format('DELETE FROM %1$s WHERE tenant_id = $1 AND ctid = ANY (ARRAY('
                    'SELECT ctid FROM %1$s WHERE tenant_id = $1 LIMIT $2))', t)
                    USING tenant, at_most;
                GET DIAGNOSTICS gone = ROW_COUNT;
                -- None: somebody else deleted them just now.
                IF gone > 0 THEN RETURN gone; END IF;
            END LOOP;
            RETURN 0;
        END $$;

        -- Deletes a tenant of which nothing is left; false if something is, or if it is not to end.
        CREATE FUNCTION end_tenant(tenant uuid) RETURNS boolean
            LANGUAGE plpgsql STRICT SECURITY DEFINER
            SET search_path = sparc, pg_temp SET enable_seqscan = off AS $$
        DECLARE
            t           regclass;
            is_there    boolean;
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtextextended('purge/' || tenant::text, 0));
            PERFORM set_config('app.purged_tenant', tenant::text, true);
            IF NOT tenant_is_to_end(tenant) THEN RETURN false; END IF;
            FOR t IN SELECT * FROM tables_to_purge() LOOP
                EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE tenant_id = $1)', t)
                    INTO is_there USING tenant;
                IF is_there THEN RETURN false; END IF;
            END LOOP;
            DELETE FROM tenants WHERE id = tenant;
            RETURN FOUND;
        END $$;
        REVOKE ALL ON FUNCTION purge_rows(uuid, bigint), end_tenant(uuid) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION purge_rows(uuid, bigint), end_tenant(uuid) TO sparc_platform;
        """

    /// A limit that is null is removed; what is not named stays, as everything else.
    private static let limits = """
        CREATE OR REPLACE FUNCTION change_client(client uuid, expected text, changes jsonb)
            RETURNS boolean
            LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = sparc, pg_temp AS $$
        BEGIN
            UPDATE tenants SET
                name = coalesce(changes ->> 'name', name),
                domain = coalesce(changes ->> 'domain', domain),
                plan = coalesce(changes ->> 'plan', plan),
                door_limit = CASE WHEN changes ? 'door_limit'
                    THEN (changes ->> 'door_limit')::bigint ELSE door_limit END,
                camera_limit = CASE WHEN changes ? 'camera_limit'
                    THEN (changes ->> 'camera_limit')::bigint ELSE camera_limit END,
                user_limit = CASE WHEN changes ? 'user_limit'
                    THEN (changes ->> 'user_limit')::bigint ELSE user_limit END,
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
        """

    /// Whether a login showed a second factor, ours or one of the provider's.
    private static let factors = """
        ALTER TABLE identity_providers
            ADD COLUMN is_trusted_for_factor boolean NOT NULL DEFAULT false;
        GRANT UPDATE (is_trusted_for_factor) ON identity_providers TO sparc_app;
        ALTER TABLE provider_logins ADD COLUMN shows_factor boolean NOT NULL DEFAULT false;
        GRANT UPDATE (shows_factor) ON provider_logins TO sparc_app;
        ALTER TABLE sessions ADD COLUMN shows_factor boolean NOT NULL DEFAULT false;
        GRANT UPDATE (shows_factor) ON sessions TO sparc_app;
        DROP TRIGGER audit ON identity_providers;
        DROP TRIGGER audit_changes ON identity_providers;
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR DELETE ON identity_providers
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('identity_provider', 'id', 'name,issuer,client_id,email_domains,'
                'assumes_verified_email,is_trusted_for_factor,creates_people,role,is_enabled',
                'client_secret', 'created,changed,removed');
        CREATE CONSTRAINT TRIGGER audit_changes AFTER UPDATE ON identity_providers
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_user <> 'sparc_owner')
            EXECUTE FUNCTION audit_row('identity_provider', 'id', 'name,issuer,client_id,'
                'email_domains,assumes_verified_email,is_trusted_for_factor,creates_people,role,'
                'is_enabled', 'client_secret', 'created,changed,removed');
        -- Who had one when the column came had shown it: an enrolment ends the logins before it. Of
        -- a login through a provider nobody knows, and none is shut out by what nobody said.
        CREATE POLICY review ON sessions TO sparc_owner USING (true);
        CREATE POLICY review ON second_factors FOR SELECT TO sparc_owner USING (true);
        UPDATE sessions s SET shows_factor = true WHERE s.ended_at IS NULL AND EXISTS (
            SELECT FROM second_factors f WHERE f.tenant_id = s.tenant_id
                AND f.user_id = s.user_id AND f.confirmed_at IS NOT NULL);
        SET CONSTRAINTS ALL IMMEDIATE;
        SET CONSTRAINTS ALL DEFERRED;
        DROP POLICY review ON sessions;
        DROP POLICY review ON second_factors;
        """
}
