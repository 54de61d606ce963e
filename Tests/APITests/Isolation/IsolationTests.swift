import API
import Database
import Testing

/// No organisation sees, changes or can tell anything of another's: with both layers, with row
/// security alone, and with the program's own comparisons alone.
@Suite(.serialized) struct IsolationTests {
    static func operations() throws -> [String] {
        let specification = try Specification.shared()
        return specification.operations.filter { operation in
            let words = operation.split(separator: " ").map { String($0) }
            return specification.security(words[0], words[1]).contains("bearer")
        }.sorted()
    }

    /// A world in a database of its own, as far as a layer is off.
    private static func run(
        _ layers: IsolationRun.Layers,
        leak: String? = nil
    ) async throws -> IsolationRun {
        let bed = try await TestBed.isolation(layers)
        let world = try await IsolationWorld.make(bed)
        if layers == .rowSecurity { try await bed.lie(world) }
        if let leak { try await bed.asSuperuser(leak) }
        var run = IsolationRun(bed, world, layers)
        try await run.run(try operations())
        print("isolation, \(layers.rawValue): \(run.calls) calls, \(run.findings.count) findings")
        return run
    }

    @Test(arguments: [IsolationRun.Layers.both, .rowSecurity, .application])
    func `no id of another organisation shows or changes anything`(
        layers: IsolationRun.Layers
    ) async throws {
        let run = try await Self.run(layers)
        #expect(run.calls > 300)
        for finding in run.findings { Issue.record("\(layers.rawValue): \(finding)") }
    }

    @Test func `with neither layer nearly every operation is found`() async throws {
        let run = try await Self.run(.none)
        let found = Set(
            run.findings.filter { !$0.hasPrefix("rows") }.map {
                $0.split(separator: " ").prefix(2).joined(separator: " ")
            }
        )
        // What only adds, what is a person's own, and what asks for the row of who asks show nothing.
        let blind: Set<String> = [
            "GET /api/v1/api-keys", "POST /api/v1/api-keys", "DELETE /api/v1/api-keys/{id}",
            "DELETE /api/v1/sessions/{id}", "GET /api/v1/me", "GET /api/v1/sessions",
            "POST /api/v1/me/password", "POST /api/v1/users", "POST /api/v1/webhooks",
            "POST /api/v1/identity-providers",
            "POST /api/v1/sites", "PATCH /api/v1/users/{id}", "DELETE /api/v1/users/{id}",
            "POST /api/v1/users/{id}/invitation", "POST /api/v1/tenants",
            "POST /api/v1/identity-providers", "PATCH /api/v1/identity-providers/{id}",
            "DELETE /api/v1/identity-providers/{id}",
            "POST /api/v1/tenants/{id}/visits", "POST /api/v1/roles", "PATCH /api/v1/roles/{id}",
            "DELETE /api/v1/roles/{id}", "DELETE /api/v1/users/{id}/grants/{grant_id}",
            "POST /api/v1/tenants/{id}/visits",
            "DELETE /api/v1/users/{id}/second-factor",
            "GET /api/v1/login-policy", "PUT /api/v1/login-policy",
            "GET /api/v1/me/second-factor", "POST /api/v1/me/second-factor",
            "POST /api/v1/me/second-factor/confirm", "POST /api/v1/me/second-factor/remove",
            "POST /api/v1/me/second-factor/recovery-codes",
        ]
        let missed = Set(try Self.operations()).subtracting(found).subtracting(blind)
        #expect(missed.isEmpty)
        let tables = run.findings.filter { $0.hasPrefix("rows") }
        #expect(tables.count >= 8)
    }

    @Test func `an id of one's own is told from a missing one by every operation`() async throws {
        let bed = try await TestBed.isolation(.both)
        let world = try await IsolationWorld.make(bed)
        var run = IsolationRun(bed, world, .both)
        try await run.control(try Self.operations(), try await IsolationWorld.organisation(bed))
        for finding in run.findings { Issue.record("\(finding)") }
    }

    @Test func `every operation with a person's token has an entry, and no other`() throws {
        #expect(Set(try Self.operations()) == Set(IsolationEntry.table.keys))
    }

    /// Whether a finding is of something that was shown, told or changed, and not only of an answer
    /// that nothing should have.
    private static func isLeak(_ finding: String) -> Bool {
        [" shows ", "tells a foreign", "rows of "].contains { finding.contains($0) }
    }

    /// Tables whose policy is opened, one at a time. Sessions, keys, grants and invitations are only
    /// ever asked for by a person, who is then behind the policy of users or is the caller.
    private static let openedPolicies = [
        "alerts", "cameras", "events", "holds", "sites", "tenants", "users", "webhooks",
        "webhook_deliveries", "roles", "visits", "audit_entries",
        "identity_providers",
    ]

    /// Tables that say of each row that it is the caller's.
    private static let forgottenOrganisations = [
        "alerts", "cameras", "events", "holds", "sites", "tenants", "users", "webhooks",
        "webhook_deliveries", "roles", "visits", "audit_entries",
    ]

    /// References without the organisation: table, column, and the table that it leads to.
    private static let looseReferences = [
        ["cameras", "site_id", "sites"], ["grants", "site_id", "sites"],
        ["grants", "camera_id", "cameras"],
    ]

    /// Names that must be there once in all organisations: table, constraint and columns.
    private static let looseNames = [
        ["sites", "sites_name", "name"], ["roles", "roles_name", "name"],
        ["users", "users_email", "email_key"],
    ]

    @Test func `at least thirty leaks are planted`() {
        let counts = [
            Self.openedPolicies.count, Self.forgottenOrganisations.count,
            Self.looseReferences.count, Self.looseNames.count, IsolationLeak.allCases.count,
        ]
        let sum = counts.reduce(0, +)
        print("isolation: \(sum) leaks are planted one at a time, by kind \(counts)")
        #expect(sum >= 30)
    }

    /// Leaks of the database; `CatalogTests.AuditTests` plants those of the schema.
    @Test(arguments: openedPolicies)
    func `a policy that lets everything through is found`(table: String) async throws {
        var leak = "ALTER POLICY tenant ON \(table) USING (true)"
        if table == "tenants" {
            leak = """
                ALTER POLICY own ON tenants USING (true);
                ALTER POLICY own_rule ON tenants USING (true)
                """
        }
        let run = try await Self.run(.rowSecurity, leak: leak)
        #expect(run.findings.contains(where: Self.isLeak))
    }

    /// Leaks of the program: a statement that forgets to compare the organisation is the same as a
    /// table that says of each row that it is the caller's.
    @Test(arguments: forgottenOrganisations)
    func `a statement that forgets the organisation is found`(table: String) async throws {
        let bed = try await TestBed.isolation(.application, isLying: true)
        let world = try await IsolationWorld.make(bed)
        let column = table == "tenants" ? "provider_id" : "tenant_id"
        try await bed.asSuperuser(
            """
            CREATE SCHEMA lying;
            GRANT USAGE ON SCHEMA lying TO sparc_app;
            DO $$
            DECLARE columns text;
            BEGIN
                SELECT string_agg(CASE WHEN attname = '\(column)' THEN
                        'nullif(current_setting(''app.current_tenant'', true), '''')::uuid AS '
                        || attname ELSE attname::text END, ', ' ORDER BY attnum) INTO columns
                    FROM pg_attribute WHERE attrelid = 'sparc.\(table)'::regclass
                        AND attnum > 0 AND NOT attisdropped;
                EXECUTE 'CREATE VIEW lying.\(table) AS SELECT ' || columns
                    || ' FROM sparc.\(table)';
            END $$;
            GRANT SELECT, INSERT, UPDATE, DELETE ON lying.\(table) TO sparc_app;
            """
        )
        var run = IsolationRun(bed, world, .application)
        // A view takes no new rows: that alone must not count.
        try await run.run(try Self.operations().filter { !$0.hasPrefix("POST") })
        let found = run.findings.filter(Self.isLeak)
        print("isolation, \(table) without its organisation: \(found.count) findings")
        #expect(!found.isEmpty)
    }

    /// Leaks of the schema: a reference that forgets the organisation tells whether a row is there.
    @Test(arguments: looseReferences)
    func `a reference to another organisation's row is found`(words: [String]) async throws {
        let (table, column, other) = (words[0], words[1], words[2])
        let name = "\(table)_\(column.dropLast(3))"
        let run = try await Self.run(
            .both,
            leak: """
                ALTER TABLE \(other) ADD CONSTRAINT alone UNIQUE (id);
                ALTER TABLE \(table) DROP CONSTRAINT \(name), ADD CONSTRAINT \(name)
                    FOREIGN KEY (\(column)) REFERENCES \(other) (id)
                """
        )
        #expect(run.findings.contains { $0.contains("tells a foreign") })
    }

    /// Leaks of the schema: a name that is taken in another organisation tells that it is.
    @Test(arguments: looseNames)
    func `a name that is taken in another organisation is found`(words: [String]) async throws {
        let (table, name, column) = (words[0], words[1], words[2])
        let run = try await Self.run(
            .both,
            leak: """
                ALTER TABLE \(table) DROP CONSTRAINT \(name),
                    ADD CONSTRAINT \(name) UNIQUE (\(column))
                """
        )
        #expect(run.findings.contains { $0.contains("tells a foreign name") })
    }

    /// Leaks of the program that are in no statement: what is kept of an answer, and what is told
    /// by something else than the body.
    @Test(arguments: IsolationLeak.allCases)
    func `an answer that is another's is found`(leak: IsolationLeak) async throws {
        let bed = try await TestBed.isolation(.both)
        let world = try await IsolationWorld.make(bed)
        var run = IsolationRun(leak.plant(bed, world), world, .both)
        try await run.run(try Self.operations())
        let found = run.findings.filter(Self.isLeak)
        print("isolation, \(leak.rawValue): \(found.count) findings, first: \(found.first ?? "-")")
        #expect(!found.isEmpty)
    }
}
