import Database

extension Migration {
    /// Roles of an organisation's own, and roles that count at one site or camera only.
    static let roles = Migration(
        name: "0015_roles",
        sql: """
            CREATE TABLE roles (
                tenant_id   uuid NOT NULL REFERENCES tenants,
                id          uuid NOT NULL,
                name        text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 64),
                permissions text[] NOT NULL CHECK (cardinality(permissions) BETWEEN 1 AND 100),
                created_at  timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (tenant_id, id),
                CONSTRAINT roles_name UNIQUE (tenant_id, name)
            );
            ALTER TABLE roles ENABLE ROW LEVEL SECURITY;
            ALTER TABLE roles FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON roles TO sparc_app
                USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
            CREATE POLICY purge ON roles TO sparc_owner
                USING (tenant_id = nullif(current_setting('app.purged_tenant', true), '')::uuid)
                WITH CHECK (false);
            GRANT SELECT, INSERT, DELETE, UPDATE (name, permissions) ON roles TO sparc_app;

            CREATE TABLE grants (
                tenant_id  uuid NOT NULL,
                id         uuid NOT NULL,
                user_id    uuid NOT NULL,
                -- A built-in role, or the id of one of the organisation's own.
                role       text NOT NULL CHECK (char_length(role) BETWEEN 1 AND 64),
                site_id    uuid,
                camera_id  uuid,
                created_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (tenant_id, id),
                CONSTRAINT grants_user FOREIGN KEY (tenant_id, user_id) REFERENCES users
                    ON DELETE CASCADE,
                CONSTRAINT grants_site FOREIGN KEY (tenant_id, site_id) REFERENCES sites
                    ON DELETE CASCADE,
                CONSTRAINT grants_camera FOREIGN KEY (tenant_id, camera_id) REFERENCES cameras
                    ON DELETE CASCADE,
                CONSTRAINT grants_scope CHECK ((site_id IS NULL) <> (camera_id IS NULL)),
                CONSTRAINT grants_once UNIQUE NULLS NOT DISTINCT
                    (tenant_id, user_id, role, site_id, camera_id)
            );
            ALTER TABLE grants ENABLE ROW LEVEL SECURITY;
            ALTER TABLE grants FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON grants TO sparc_app
                USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
            CREATE POLICY purge ON grants TO sparc_owner
                USING (tenant_id = nullif(current_setting('app.purged_tenant', true), '')::uuid)
                WITH CHECK (false);
            GRANT SELECT, INSERT, DELETE ON grants TO sparc_app;

            CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON roles
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
                audit_row('role', 'id', 'name,permissions', '', 'created,changed,removed');
            CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR DELETE ON grants
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION
                audit_row('grant', 'user_id', 'id,role,site_id,camera_id', '',
                    'created,changed,removed');
            """
    )
}
