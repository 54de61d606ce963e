/// The statements of `CatalogAudit`. Each answers rows of an object and its problem; `regclass` and
/// `regprocedure` print names with their schema unless it is on the search path.
enum CatalogAuditSQL {
    static let connectedRole: StaticString = """
        SELECT r.rolname::text, p.problem FROM pg_roles r
            CROSS JOIN LATERAL (VALUES
                (r.rolsuper, 'is a superuser'),
                (r.rolbypassrls, 'passes row security'),
                (r.rolcreaterole, 'may create roles'),
                (r.rolreplication, 'may copy the whole server'),
                (EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid), 'owns tables'),
                (EXISTS (SELECT FROM pg_proc f WHERE f.proowner = r.oid), 'owns functions'),
                (EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid),
                    'is a member of another role'),
                (r.rolname NOT IN ('sparc_app', 'sparc_platform'),
                    'is neither sparc_app nor sparc_platform')
            ) AS p (is_so, problem)
        WHERE r.rolname = current_user AND p.is_so
        """

    static let roles: StaticString = """
        SELECT w.name, p.problem
        FROM (VALUES ('sparc_owner', false, false), ('sparc_app', true, false),
                ('sparc_platform', true, false), ('sparc_backup', NULL, true))
                AS w (name, login, bypass)
            LEFT JOIN pg_roles r ON r.rolname = w.name
            CROSS JOIN LATERAL (VALUES
                (r.oid IS NULL AND w.name <> 'sparc_backup', 'does not exist'),
                (r.rolsuper, 'is a superuser'),
                (r.rolcreaterole OR r.rolcreatedb OR r.rolreplication, 'may do what no role may'),
                (r.rolbypassrls AND NOT w.bypass, 'passes row security'),
                (r.rolcanlogin <> w.login, 'may log in, or may not, as it should'),
                (EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid),
                    'is a member of another role'),
                (w.name <> 'sparc_owner' AND EXISTS (SELECT FROM pg_namespace n
                    WHERE n.nspname !~ '^pg_' AND has_schema_privilege(r.oid, n.oid, 'CREATE')),
                    'may create in a schema')
            ) AS p (is_so, problem)
        WHERE p.is_so
        """

    /// $1 tables without tenant, $2 tables of the platform.
    static let rowSecurity: StaticString = """
        WITH relation AS (
            SELECT c.*, c.relname::text = ANY ($1) AND n.nspname = 'sparc' AS is_listed,
                EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
                    AND a.attname = 'tenant_id' AND a.attnotnull AND NOT a.attisdropped
                    AND a.atttypid = 'uuid'::regtype) AS has_tenant
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
                AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        ), policy AS (
            SELECT l.polrelid, l.polname, l.polpermissive, l.polcmd::text AS command,
                pg_get_expr(l.polqual, l.polrelid) AS qual,
                pg_get_expr(l.polwithcheck, l.polrelid) AS wcheck,
                (SELECT array_agg(coalesce(r.rolname::text, 'PUBLIC'))
                 FROM unnest(l.polroles) AS role (id) LEFT JOIN pg_roles r ON r.oid = role.id)
                    AS roles
            FROM pg_policy l
        ), tenant AS (
            SELECT format('(tenant_id = (NULLIF(current_setting(%L::text, true), %L::text))::uuid)',
                'app.current_tenant', '') AS qual
        )
        SELECT t.oid::regclass::text, 'has no column tenant_id uuid NOT NULL and is not listed'
        FROM relation t WHERE NOT t.is_listed AND NOT t.has_tenant
        UNION ALL
        SELECT t.oid::regclass::text, 'has tenant_id and is listed as without'
        FROM relation t WHERE t.is_listed AND t.has_tenant
        UNION ALL
        SELECT t.oid::regclass::text, 'row security is not enabled'
        FROM relation t WHERE t.has_tenant AND NOT t.relrowsecurity
        UNION ALL
        SELECT t.oid::regclass::text, 'row security is not forced on the owner'
        FROM relation t WHERE t.has_tenant AND NOT t.relforcerowsecurity
        UNION ALL
        SELECT t.oid::regclass::text, 'has no policy for sparc_app on the current tenant'
        FROM relation t WHERE t.has_tenant AND NOT EXISTS (SELECT FROM policy p, tenant
            WHERE p.polrelid = t.oid AND p.roles = '{sparc_app}' AND p.polpermissive
                AND p.qual = tenant.qual AND coalesce(p.wcheck, p.qual) = tenant.qual)
        UNION ALL
        SELECT t.oid::regclass::text, 'has no policy purge: rows of a removed tenant would stay'
        FROM relation t WHERE t.has_tenant AND t.relname NOT LIKE 'audit%' AND NOT EXISTS (
            SELECT FROM policy p WHERE p.polrelid = t.oid AND p.polname = 'purge')
        UNION ALL
        SELECT t.oid::regclass::text, format('the policy %s is more than is listed', p.polname)
        FROM relation t JOIN policy p ON p.polrelid = t.oid, tenant
        WHERE (t.has_tenant OR t.is_listed) AND p.polpermissive
            AND NOT (p.roles = '{sparc_app}' AND p.qual = tenant.qual
                AND coalesce(p.wcheck, p.qual) = tenant.qual)
            AND NOT (p.roles = '{sparc_app}' AND t.relname = 'tenants' AND t.is_listed
                AND p.qual = replace(tenant.qual, '(tenant_id =', '(id ='))
            AND NOT (p.roles = '{sparc_platform}' AND t.relname::text = ANY ($2))
            AND NOT (p.roles = '{sparc_owner}' AND t.relname = 'tenants' AND t.is_listed
                AND (p.polname = 'directory' OR p.polname = 'setup' AND p.qual IS NULL
                    AND p.wcheck = replace(tenant.qual, '(tenant_id =', '(id =')))
            AND NOT (p.roles = '{sparc_app}' AND t.relname = 'tenants' AND t.is_listed
                AND p.command = 'r'
                AND p.qual = replace(tenant.qual, '(tenant_id =', '(provider_id ='))
            AND NOT (p.roles = '{sparc_owner}' AND t.relname = 'tenants' AND t.is_listed
                AND p.polname IN ('clients_made', 'clients_changed')
                AND coalesce(p.wcheck, p.qual)
                    = replace(tenant.qual, '(tenant_id =', '(provider_id =')
                AND coalesce(p.qual, p.wcheck) = coalesce(p.wcheck, p.qual))
            AND NOT (p.roles = '{sparc_owner}' AND p.polname = 'purge'
                AND (p.qual = replace(tenant.qual, 'current_tenant', 'purged_tenant')
                    AND p.wcheck = 'false'
                    OR t.relname = 'tenants' AND p.command = 'd' AND p.qual = replace(replace(
                        tenant.qual, 'current_tenant', 'purged_tenant'), '(tenant_id =', '(id =')))
            AND NOT (p.roles = '{sparc_owner}' AND p.polname = 'rewrap'
                AND p.qual = replace(tenant.qual, 'current_tenant', 'rewrapped_tenant')
                AND coalesce(p.wcheck, p.qual) = p.qual)
            AND NOT (p.roles = '{sparc_owner}' AND p.polname = 'chain'
                AND (t.relname IN ('audit_heads', 'audit_people')
                    OR t.relname = 'audit_entries' AND p.command = 'a'))
        UNION ALL
        SELECT t.oid::regclass::text, w.problem
        FROM relation t CROSS JOIN (VALUES
                ('sparc_platform', 'd', '(tombstoned_at IS NOT NULL)',
                    'footage can be deleted without tombstone'),
                ('sparc_app', 'r', '(tombstoned_at IS NULL)',
                    'footage is seen in spite of its tombstone')
            ) AS w (role, command, qual, problem)
        WHERE t.relname = 'chunks' AND t.has_tenant AND NOT EXISTS (SELECT FROM policy p
            WHERE p.polrelid = t.oid AND NOT p.polpermissive AND p.roles = ARRAY[w.role]
                AND p.command IN (w.command, '*') AND p.qual = w.qual)
        """

    /// $1 tables without tenant.
    static let keys: StaticString = """
        WITH relation AS (
            SELECT c.oid, n.nspname = 'sparc' AND c.relname::text = ANY ($1) AS is_listed,
                (SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = c.oid
                    AND a.attname = 'tenant_id' AND NOT a.attisdropped) AS tenant
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                AND c.relkind IN ('r', 'p')
        )
        SELECT i.indexrelid::regclass::text, 'is unique over all tenants'
        FROM pg_index i JOIN relation t ON t.oid = i.indrelid
        WHERE i.indisunique AND t.tenant IS NOT NULL AND i.indkey[0] <> t.tenant
        UNION ALL
        SELECT format('%s on %s', k.conname, t.oid::regclass),
            'refers to a row of another tenant'
        FROM pg_constraint k JOIN relation t ON t.oid = k.conrelid
            JOIN relation f ON f.oid = k.confrelid
        WHERE k.contype = 'f' AND f.tenant IS NOT NULL AND (t.tenant IS NULL
            OR k.conkey[1] <> t.tenant OR k.confkey[1] <> f.tenant)
        UNION ALL
        SELECT format('%s on %s', k.conname, t.oid::regclass),
            'refers to a table that is not listed'
        FROM pg_constraint k JOIN relation t ON t.oid = k.conrelid
            JOIN relation f ON f.oid = k.confrelid
        WHERE k.contype = 'f' AND f.tenant IS NULL AND NOT f.is_listed
        """

    static let views: StaticString = """
        SELECT c.oid::regclass::text, CASE c.relkind WHEN 'm' THEN 'is a copy outside row security'
            ELSE 'runs with its owner''s rights' END
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
            AND (c.relkind = 'm' OR c.relkind = 'v' AND NOT coalesce((SELECT option_value::boolean
                FROM pg_options_to_table(c.reloptions) WHERE option_name = 'security_invoker'),
                false))
        """

    /// $1 tables without tenant, $2 tables of the platform, $3 those of which it deletes rows.
    static let grants: StaticString = """
        WITH granted AS (
            SELECT c.oid, c.relname::text AS name, c.relispartition, c.relowner, a.grantee,
                a.privilege_type, NULL::name AS column_name
            FROM pg_class c, aclexplode(c.relacl) a
            UNION ALL
            SELECT c.oid, c.relname::text, c.relispartition, c.relowner, a.grantee,
                a.privilege_type, b.attname
            FROM pg_class c JOIN pg_attribute b ON b.attrelid = c.oid, aclexplode(b.attacl) a
        ), named AS (
            SELECT g.*, coalesce(r.rolname::text, 'PUBLIC') AS role,
                n.nspname = 'sparc' AND g.name = ANY ($1) AS is_listed
            FROM granted g JOIN pg_class c ON c.oid = g.oid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_roles r ON r.oid = g.grantee
            WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                AND g.grantee <> g.relowner
                AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = g.oid AND d.deptype = 'e')
        )
        SELECT DISTINCT g.oid::regclass::text, format('%s may %s%s', g.role, g.privilege_type,
            ' (' || g.column_name || ')')
        FROM named g
        WHERE g.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
            OR g.relispartition AND NOT (g.role = 'sparc_backup' AND g.privilege_type = 'SELECT')
            OR CASE g.role
                WHEN 'sparc_app' THEN g.is_listed
                    AND NOT (g.name = 'tenants' AND (g.privilege_type = 'SELECT'
                        OR g.privilege_type = 'UPDATE' AND g.column_name IN ('retention_days', 'allows_visits')))
                WHEN 'sparc_platform' THEN g.name <> ALL ($2)
                    OR g.privilege_type = 'DELETE' AND g.name <> ALL ($3)
                    OR g.privilege_type <> 'DELETE' AND g.column_name IS NULL
                WHEN 'sparc_backup' THEN g.privilege_type <> 'SELECT'
                ELSE true END
        """

    /// $1 functions that run with their owner's rights.
    static let functions: StaticString = """
        SELECT f.oid::regprocedure::text, p.problem
        FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace
            CROSS JOIN LATERAL (VALUES
                (NOT (n.nspname = 'sparc' AND f.proname::text = ANY ($1)),
                    'runs with its owner''s rights and is not listed'),
                (NOT EXISTS (SELECT FROM unnest(f.proconfig) AS setting
                    WHERE setting ~ '^search_path=.*pg_temp$'),
                    'runs with its owner''s rights and the caller''s search path'),
                (EXISTS (SELECT FROM aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a
                    WHERE a.grantee = 0), 'runs with its owner''s rights for everybody')
            ) AS p (is_so, problem)
        WHERE f.prosecdef AND p.is_so AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = f.oid AND d.deptype = 'e')
        """

    static let owners: StaticString = """
        SELECT c.oid::regclass::text, 'does not belong to sparc_owner'
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_roles r ON r.oid = c.relowner
        WHERE (n.nspname = 'sparc' AND r.rolname <> 'sparc_owner')
            OR r.rolname IN ('sparc_app', 'sparc_platform', 'sparc_backup')
        UNION ALL
        SELECT f.oid::regprocedure::text, 'does not belong to sparc_owner'
        FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace
            JOIN pg_roles r ON r.oid = f.proowner
        WHERE (n.nspname = 'sparc' AND r.rolname <> 'sparc_owner')
            OR r.rolname IN ('sparc_app', 'sparc_platform', 'sparc_backup')
        """

    static let tablesWithoutTenant: StaticString = """
        SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'sparc' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
                AND a.attname = 'tenant_id' AND NOT a.attisdropped)
        ORDER BY 1
        """

    static let platformGrants: StaticString = """
        SELECT format('%s: %s', name, string_agg(rights, '; ' ORDER BY rights)) FROM (
            SELECT c.relname::text AS name,
                format('%s (%s)', a.privilege_type, string_agg(b.attname, ', ' ORDER BY b.attnum))
                    AS rights
            FROM pg_class c JOIN pg_attribute b ON b.attrelid = c.oid, aclexplode(b.attacl) a
            WHERE a.grantee = 'sparc_platform'::regrole
            GROUP BY c.relname, a.privilege_type
            UNION ALL
            SELECT c.relname::text, a.privilege_type
            FROM pg_class c, aclexplode(c.relacl) a
            WHERE a.grantee = 'sparc_platform'::regrole
        ) granted GROUP BY name ORDER BY name
        """
}
