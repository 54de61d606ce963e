import Catalog
import Database
import Testing

/// The catalogue test: what row-level security rests on, read from the system catalogue, and the
/// same check against planted leaks.
struct AuditTests {
    @Test func `the schema has no finding, and its lists are the closed ones`() async throws {
        let fixture = try await CatalogFixture.make()
        #expect(try await fixture.findings() == [])
        let connection = try await Connection.open(fixture.owner)
        let lists = try await connection.run { session throws(DatabaseError) in
            try CatalogAudit.lists(&session)
        }
        print("tables without tenant:", lists.withoutTenant.joined(separator: ", "))
        print("rights of sparc_platform:\n" + lists.platform.joined(separator: "\n"))
        #expect(lists.withoutTenant == CatalogAudit.tablesWithoutTenant)
        let platform = lists.platform.compactMap { $0.split(separator: ":").first.map(String.init) }
        #expect(platform == CatalogAudit.platformTables)
        #expect(!lists.platform.contains { $0.contains("password") })
        try await fixture.catalog.startupCheck()
    }

    /// A defect, and the rule that has to see it.
    struct Plant: Sendable, CustomTestStringConvertible {
        let name: String
        let rule: CatalogAudit.Rule
        let sql: String
        var testDescription: String { name }
    }

    private static let policy =
        "nullif(current_setting('app.current_tenant', true), '')::uuid"
    private static let table =
        "(tenant_id uuid NOT NULL REFERENCES tenants, id uuid, PRIMARY KEY (tenant_id, id))"

    static let plants = [
        Plant(
            name: "a table without its policy",
            rule: .rowSecurity,
            sql: "DROP POLICY tenant ON cameras"
        ),
        Plant(
            name: "row security off",
            rule: .rowSecurity,
            sql: "ALTER TABLE gaps DISABLE ROW LEVEL SECURITY"
        ),
        Plant(
            name: "row security not forced",
            rule: .rowSecurity,
            sql: "ALTER TABLE chunks NO FORCE ROW LEVEL SECURITY"
        ),
        Plant(
            name: "a policy that lets all rows through",
            rule: .rowSecurity,
            sql: "CREATE POLICY open ON users FOR SELECT TO sparc_app USING (true)"
        ),
        Plant(
            name: "a policy for everybody",
            rule: .rowSecurity,
            sql: "CREATE POLICY open ON sites USING (tenant_id = \(policy))"
        ),
        Plant(
            name: "a platform policy on a table that is not listed",
            rule: .rowSecurity,
            sql: "CREATE POLICY platform ON users TO sparc_platform USING (true)"
        ),
        Plant(
            name: "a migration's policy that was not dropped",
            rule: .rowSecurity,
            sql: "CREATE POLICY migration ON users TO sparc_owner USING (true)"
        ),
        Plant(
            name: "a rotation's policy that lets all rows through",
            rule: .rowSecurity,
            sql: "ALTER POLICY rewrap ON webhooks USING (true)"
        ),
        Plant(
            name: "a policy whose check is wider than its rows",
            rule: .rowSecurity,
            sql: "ALTER POLICY tenant ON users WITH CHECK (true)"
        ),
        Plant(
            name: "a policy that fails on an unset tenant",
            rule: .rowSecurity,
            sql: "ALTER POLICY tenant ON users USING "
                + "(tenant_id = current_setting('app.current_tenant')::uuid)"
        ),
        Plant(
            name: "a unique key without tenant",
            rule: .keys,
            sql: "CREATE UNIQUE INDEX leak ON cameras (name)"
        ),
        Plant(
            name: "a unique key where the tenant is not first",
            rule: .keys,
            sql: "ALTER TABLE cameras ADD UNIQUE (id, tenant_id)"
        ),
        Plant(
            name: "a reference without tenant",
            rule: .keys,
            sql: "CREATE UNIQUE INDEX aim ON sites (id);"
                + " ALTER TABLE cameras ADD FOREIGN KEY (site_id) REFERENCES sites (id)"
        ),
        Plant(
            name: "a view with its owner's rights",
            rule: .views,
            sql: "CREATE VIEW leak AS SELECT * FROM cameras"
        ),
        Plant(
            name: "a materialised view",
            rule: .views,
            sql: "CREATE MATERIALIZED VIEW leak AS SELECT * FROM cameras"
        ),
        Plant(
            name: "TRUNCATE for the app",
            rule: .grants,
            sql: "GRANT TRUNCATE ON cameras TO sparc_app"
        ),
        Plant(
            name: "REFERENCES for the app",
            rule: .grants,
            sql: "GRANT REFERENCES ON cameras TO sparc_app"
        ),
        Plant(
            name: "TRIGGER for the app",
            rule: .grants,
            sql: "GRANT TRIGGER ON cameras TO sparc_app"
        ),
        Plant(
            name: "a grant on a partition",
            rule: .grants,
            sql: "GRANT SELECT ON chunks_default TO sparc_app"
        ),
        Plant(
            name: "a column grant on a partition",
            rule: .grants,
            sql: "GRANT SELECT (sha256) ON chunks_default TO sparc_platform"
        ),
        Plant(
            name: "a grant to everybody",
            rule: .grants,
            sql: "GRANT SELECT ON sites TO PUBLIC"
        ),
        Plant(
            name: "password hashes for the platform",
            rule: .grants,
            sql: "GRANT SELECT (password_hash) ON users TO sparc_platform"
        ),
        Plant(
            name: "a whole table for the platform",
            rule: .grants,
            sql: "GRANT SELECT ON cameras TO sparc_platform"
        ),
        Plant(
            name: "DELETE of organisations for the platform",
            rule: .grants,
            sql: "GRANT DELETE ON tenants TO sparc_platform"
        ),
        Plant(
            name: "footage that can be deleted without tombstone",
            rule: .rowSecurity,
            sql: "DROP POLICY tombstoned ON chunks"
        ),
        Plant(
            name: "a weaker condition for deleting footage",
            rule: .rowSecurity,
            sql: "ALTER POLICY tombstoned ON chunks USING (true)"
        ),
        Plant(
            name: "footage that is seen in spite of its tombstone",
            rule: .rowSecurity,
            sql: "DROP POLICY visible ON chunks"
        ),
        Plant(
            name: "workers for the app",
            rule: .grants,
            sql: "GRANT SELECT ON workers TO sparc_app"
        ),
        Plant(
            name: "new tenants by the app",
            rule: .grants,
            sql: "GRANT INSERT ON tenants TO sparc_app"
        ),
        Plant(
            name: "an unlisted function with its owner's rights",
            rule: .functions,
            sql: "CREATE FUNCTION leak() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
                + " SET search_path = sparc, pg_temp AS 'SELECT count(*) FROM cameras';"
                + " REVOKE ALL ON FUNCTION leak() FROM PUBLIC"
        ),
        Plant(
            name: "a listed function with the caller's search path",
            rule: .functions,
            sql: "ALTER FUNCTION tenant_by_name(text) RESET search_path"
        ),
        Plant(
            name: "a listed function for everybody",
            rule: .functions,
            sql: "GRANT EXECUTE ON FUNCTION tenant_by_name(text) TO PUBLIC"
        ),
        Plant(
            name: "a new table without tenant",
            rule: .rowSecurity,
            sql: "CREATE TABLE leak (id uuid PRIMARY KEY, name text)"
        ),
        Plant(
            name: "a new table whose tenant may be null",
            rule: .rowSecurity,
            sql: "CREATE TABLE leak (tenant_id uuid, name text)"
        ),
        Plant(
            name: "a new table without row security",
            rule: .rowSecurity,
            sql: "CREATE TABLE leak \(table)"
        ),
        Plant(
            name: "a new table in another schema",
            rule: .rowSecurity,
            sql: "CREATE SCHEMA other; CREATE TABLE other.leak (id uuid)"
        ),
        Plant(
            name: "a table of the app's own",
            rule: .owners,
            sql: "CREATE TABLE leak \(table); ALTER TABLE leak OWNER TO sparc_app"
        ),
        Plant(
            name: "set-up tokens for the app",
            rule: .grants,
            sql: "GRANT SELECT ON setup_links TO sparc_app"
        ),
        Plant(
            name: "an owner's policy for any new tenant",
            rule: .rowSecurity,
            sql: "ALTER POLICY setup ON tenants WITH CHECK (true)"
        ),
        Plant(
            name: "a schema the app may create in",
            rule: .roles,
            sql: "GRANT CREATE ON SCHEMA sparc TO sparc_app"
        ),
    ]

    @Test(.serialized, arguments: plants)
    func `a planted leak is found`(_ plant: Plant) async throws {
        let fixture = try await Shared.fixture.value
        let connection = try await Connection.open(fixture.owner)
        let findings = try await connection.run { session throws(DatabaseError) in
            // The plant is rolled back, so all of them share a database.
            try session.run("BEGIN; \(plant.sql)")
            let findings = try CatalogAudit.run(CatalogAudit.schemaRules, &session)
            try session.run("ROLLBACK")
            return findings
        }
        #expect(findings.contains { $0.rule == plant.rule.rawValue }, "\(findings)")
    }

    @Test func `a start on a connection with too many rights is refused`() async throws {
        let fixture = try await CatalogFixture.make()
        let pool = ConnectionPool(fixture.owner, size: 1)
        let wrong = Catalog(app: pool, platform: pool)
        let error = await #expect(throws: CatalogError.self) { try await wrong.startupCheck() }
        #expect(error?.code == .forbidden)
        #expect(error?.message.contains("is a superuser") == true)
    }

    @Test func `a start on a schema with a leak is refused`() async throws {
        let fixture = try await CatalogFixture.make()
        try await fixture.asSuperuser("ALTER TABLE gaps NO FORCE ROW LEVEL SECURITY")
        let error = await #expect(throws: CatalogError.self) {
            try await fixture.catalog.startupCheck()
        }
        #expect(error?.message.contains("gaps: row security is not forced") == true)
    }

    /// One database for all plants.
    private enum Shared {
        static let fixture = Task { try await CatalogFixture.make() }
    }
}
