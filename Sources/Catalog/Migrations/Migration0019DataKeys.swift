import Database

extension Migration {
    /// Data keys of tenants, and for each sealed value which of them it needs.
    static let dataKeys = Migration(
        name: "0019_data_keys",
        sql: ([keys] + columns.map { sealed($0.table, $0.column) } + [rewrap, told])
            .joined(separator: "\n")
    )

    /// Columns with sealed values: `SealedColumn`.
    private static let columns = [
        (table: "camera_streams", column: "credentials"),
        (table: "webhooks", column: "secret"),
        (table: "identity_providers", column: "client_secret"),
        (table: "second_factors", column: "sealed_seed"),
    ]

    private static let keys = """
        CREATE TABLE data_keys (
            tenant_id  uuid NOT NULL REFERENCES tenants,
            number     integer NOT NULL CHECK (number > 0),
            -- Encrypted by a key service.
            wrapped    bytea NOT NULL CHECK (octet_length(wrapped) BETWEEN 32 AND 4096),
            created_at timestamptz NOT NULL DEFAULT now(),
            -- From when on nothing new is sealed with it; null: the current one.
            retired_at timestamptz,
            PRIMARY KEY (tenant_id, number)
        );
        CREATE UNIQUE INDEX data_keys_current ON data_keys (tenant_id) WHERE retired_at IS NULL;
        ALTER TABLE data_keys ENABLE ROW LEVEL SECURITY;
        ALTER TABLE data_keys FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON data_keys TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY retired ON data_keys AS RESTRICTIVE FOR DELETE TO sparc_app
            USING (retired_at IS NOT NULL);
        CREATE POLICY purge ON data_keys TO sparc_owner
            USING (tenant_id = nullif(current_setting('app.purged_tenant', true), '')::uuid)
            WITH CHECK (false);
        GRANT SELECT, INSERT, UPDATE (wrapped, retired_at), DELETE ON data_keys TO sparc_app;

        -- The data key that a sealed value names: version 2, then the number, big-endian. Null: an
        -- earlier version, whose key derives from the master key.
        CREATE FUNCTION sealed_key(sealed bytea) RETURNS integer
            LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT CASE WHEN octet_length(sealed) >= 33 AND get_byte(sealed, 0) = 2
                THEN (get_byte(sealed, 1) & 127) << 24 | get_byte(sealed, 2) << 16
                    | get_byte(sealed, 3) << 8 | get_byte(sealed, 4) END
            $$;
        GRANT EXECUTE ON FUNCTION sealed_key(bytea) TO sparc_app, sparc_platform;
        """

    /// A row keeps the key that its value names from being deleted.
    private static func sealed(_ table: String, _ column: String) -> String {
        """
        ALTER TABLE \(table)
            ADD COLUMN \(column)_key integer GENERATED ALWAYS AS (sealed_key(\(column))) STORED,
            ADD CONSTRAINT \(table)_data_key FOREIGN KEY (tenant_id, \(column)_key)
                REFERENCES data_keys;
        CREATE INDEX \(table)_by_data_key ON \(table) (tenant_id, \(column)_key);
        CREATE POLICY rewrap ON \(table) TO sparc_owner
            USING (tenant_id = nullif(current_setting('app.rewrapped_tenant', true), '')::uuid);
        """
    }

    private static let rewrap = """
        -- Puts a value in place of the same one under another key; false if it was changed since it
        -- was read. It runs as the owner, by which the audit log knows that nothing was changed.
        CREATE FUNCTION rewrap_secret(tenant uuid, place text, row_id text, was bytea, becomes bytea)
            RETURNS boolean
            LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = sparc, pg_temp AS $$
        DECLARE
            changed integer;
        BEGIN
            IF sealed_key(becomes) IS NULL OR sealed_key(becomes) = sealed_key(was) THEN
                RAISE EXCEPTION 'not under another data key' USING ERRCODE = '42501';
            END IF;
            PERFORM set_config('app.rewrapped_tenant', tenant::text, true);
            CASE place
            WHEN 'cameras.credentials' THEN
                UPDATE camera_streams s SET credentials = becomes
                    WHERE s.tenant_id = tenant AND s.camera_id = split_part(row_id, '/', 1)::uuid
                        AND s.stream = split_part(row_id, '/', 2) AND s.credentials = was;
            WHEN 'webhooks.secret' THEN
                UPDATE webhooks w SET secret = becomes
                    WHERE w.tenant_id = tenant AND w.id = row_id::uuid AND w.secret = was;
            WHEN 'identity_providers.client_secret' THEN
                UPDATE identity_providers p SET client_secret = becomes
                    WHERE p.tenant_id = tenant AND p.id = row_id::uuid AND p.client_secret = was;
            WHEN 'second_factors.seed' THEN
                UPDATE second_factors f SET sealed_seed = becomes
                    WHERE f.tenant_id = tenant AND f.user_id = row_id::uuid
                        AND f.sealed_seed = was;
            END CASE;
            GET DIAGNOSTICS changed = ROW_COUNT;
            PERFORM set_config('app.rewrapped_tenant', '', true);
            RETURN changed = 1;
        END $$;
        REVOKE ALL ON FUNCTION rewrap_secret(uuid, text, text, bytea, bytea) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION rewrap_secret(uuid, text, text, bytea, bytea)
            TO sparc_platform;
        """

    /// Nobody but the function above changes these tables as the owner.
    private static let told = """
        DROP TRIGGER audit ON camera_streams;
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT ON camera_streams
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('camera_stream', 'camera_id', 'stream,url', 'credentials',
                'created,changed,removed');
        CREATE CONSTRAINT TRIGGER audit_changes AFTER UPDATE ON camera_streams
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_user <> 'sparc_owner')
            EXECUTE FUNCTION audit_row('camera_stream', 'camera_id', 'stream,url', 'credentials',
                'created,changed,removed');
        DROP TRIGGER audit ON webhooks;
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR DELETE ON webhooks
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('webhook', 'id', 'kinds,is_enabled', 'url,secret',
                'created,changed,removed');
        CREATE CONSTRAINT TRIGGER audit_changes AFTER UPDATE ON webhooks
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_user <> 'sparc_owner')
            EXECUTE FUNCTION audit_row('webhook', 'id', 'kinds,is_enabled', 'url,secret',
                'created,changed,removed');
        DROP TRIGGER audit ON identity_providers;
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR DELETE ON identity_providers
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('identity_provider', 'id', 'name,issuer,client_id,email_domains,'
                'assumes_verified_email,creates_people,role,is_enabled', 'client_secret',
                'created,changed,removed');
        CREATE CONSTRAINT TRIGGER audit_changes AFTER UPDATE ON identity_providers
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_user <> 'sparc_owner')
            EXECUTE FUNCTION audit_row('identity_provider', 'id', 'name,issuer,client_id,'
                'email_domains,assumes_verified_email,creates_people,role,is_enabled',
                'client_secret', 'created,changed,removed');
        DROP TRIGGER audit ON second_factors;
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR DELETE ON second_factors
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('second_factor', 'user_id',
                'confirmed_at,codes_made_at,recovery_used_at', 'sealed_seed',
                'begun,changed,removed');
        CREATE CONSTRAINT TRIGGER audit_changes AFTER UPDATE ON second_factors
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_user <> 'sparc_owner')
            EXECUTE FUNCTION audit_row('second_factor', 'user_id',
                'confirmed_at,codes_made_at,recovery_used_at', 'sealed_seed',
                'begun,changed,removed');
        CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON data_keys
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
            audit_row('data_key', 'number', 'retired_at', 'wrapped', 'made,changed,deleted');
        """
}
