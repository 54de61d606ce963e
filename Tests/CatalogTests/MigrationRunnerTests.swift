import Catalog
import Database
import Domain
import Testing

struct MigrationRunnerTests {
    private static let first = Migration(
        name: "0001_first",
        sql: "CREATE TABLE first (id bigint); INSERT INTO first VALUES (1)"
    )
    private static let second = Migration(
        name: "0002_second",
        sql: "CREATE TABLE second (id bigint); INSERT INTO first VALUES (2)"
    )
    /// Long enough to be killed in its middle.
    private static let slow = Migration(
        name: "0002_second",
        sql: "CREATE TABLE second (id bigint); INSERT INTO first VALUES (2); SELECT pg_sleep(60)"
    )

    private func database() async throws -> ConnectionSettings {
        let settings = try await CatalogFixture.emptyDatabase()
        let connection = try await Connection.open(settings)
        try await connection.run { session throws(DatabaseError) in
            try session.run("CREATE SCHEMA sparc")
        }
        return settings
    }

    private func runner(_ migrations: Migration...) -> MigrationRunner {
        MigrationRunner(migrations, role: "postgres")
    }

    private func count(_ connection: Connection) async throws -> Int? {
        try await connection.run { session throws(DatabaseError) in
            try session.query("SELECT count(*) FROM first").first?.value(0)
        }
    }

    @Test func `what is missing is applied in order, and nothing twice`() async throws {
        let connection = try await Connection.open(try await database())
        let both = runner(Self.first, Self.second)
        let before = try await both.status(on: connection)
        #expect(before.map { $0.isApplied } == [false, false])
        #expect(try await runner(Self.first).run(on: connection) == ["0001_first"])
        #expect(try await both.status(on: connection).map { $0.isApplied } == [true, false])
        #expect(try await both.run(on: connection) == ["0002_second"])
        #expect(try await both.run(on: connection) == [])
        #expect(try await count(connection) == 2)
    }

    @Test func `a migration that is killed half way leaves nothing, and the next run goes on`()
        async throws
    {
        let settings = try await database()
        let connection = try await Connection.open(settings)
        let killer = try await Connection.open(settings)
        let slow = runner(Self.first, Self.slow)
        let running = Task { try await slow.run(on: connection) }
        var killed = 0
        while killed == 0 {
            try await Task.sleep(for: .milliseconds(20))
            killed = try await killer.run { session throws(DatabaseError) in
                try session.query(
                    """
                    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event = 'PgSleep'
                    """
                ).first?.value(0) ?? 0
            }
        }
        let result = await running.result
        #expect(throws: DatabaseError.self) { try result.get() }
        #expect(try await count(killer) == 1)
        let whole = runner(Self.first, Self.second)
        #expect(try await whole.run(on: killer) == ["0002_second"])
        #expect(try await count(killer) == 2)
    }

    @Test func `two runners at once apply each migration once`() async throws {
        let settings = try await database()
        let both = runner(Self.first, Self.second)
        let applied = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<4 {
                group.addTask { try await both.run(on: try await Connection.open(settings)) }
            }
            var all: [String] = []
            for try await names in group { all += names }
            return all
        }
        #expect(applied == ["0001_first", "0002_second"])
    }

    @Test func `another list than the database's is refused`() async throws {
        let connection = try await Connection.open(try await database())
        _ = try await runner(Self.first, Self.second).run(on: connection)
        for (list, words) in [
            (runner(Self.first), "newer version"),
            (runner(Self.second, Self.first), "where this program has"),
            (runner(Self.first, Self.slow), "is not the one that was applied"),
        ] {
            let error = await #expect(throws: DatabaseError.self) {
                try await list.run(on: connection)
            }
            #expect(error?.code == .migration)
            #expect(error?.message.contains(words) == true)
        }
    }

    @Test func `a migration that fails names itself and leaves nothing`() async throws {
        let connection = try await Connection.open(try await database())
        let broken = Migration(name: "0002_broken", sql: "INSERT INTO first VALUES (2); SELECT 1/0")
        let error = await #expect(throws: DatabaseError.self) {
            try await runner(Self.first, broken).run(on: connection)
        }
        #expect(error?.message.hasPrefix("0002_broken: ") == true)
        #expect(try await count(connection) == 1)
        #expect(await connection.isReusable)
    }

    @Test func `a filled database of two tenants takes every later migration`() async throws {
        let owner = try await CatalogFixture.emptyDatabase()
        // As of the first release; what is filled in below has its columns.
        let old = Array(CatalogMigrations.all.prefix(2))
        try await CatalogFixture.bootstrap(owner, old)
        let connection = try await Connection.open(owner)
        try await connection.run { session throws(DatabaseError) in
            try session.run(
                """
                INSERT INTO tenants (name) VALUES ('One'), ('Two');
                INSERT INTO users (tenant_id, email, password_hash, role)
                SELECT id, e, 'x', 'admin'
                FROM tenants, unnest('{Ann@Example.com,bob@x.y}'::text[]) e;
                INSERT INTO cameras (tenant_id, id, name, transport, retention_days)
                SELECT id, gen_random_uuid(), 'Gate', 'tcp', 30 FROM tenants;
                INSERT INTO chunks SELECT c.tenant_id, c.id, 'main',
                    now() - i * interval '1 minute',
                    1, i, now() - i * interval '1 minute' + interval '59 s', gen_random_uuid(), 0,
                    800, '0123456789abcdef', 'avc1', 1920, 1080, 1000, sha256('x'), 'key', 30, ''
                FROM cameras c, generate_series(1, 500) i
                """
            )
        }
        try await CatalogFixture.bootstrap(owner, CatalogMigrations.all)
        let status = try await CatalogSetup.status(owner: owner)
        #expect(status.allSatisfy { $0.isApplied })
        let catalog = Catalog(
            app: ConnectionPool(owner.connecting(as: "sparc_app", password: "app"), size: 1),
            platform: ConnectionPool(
                owner.connecting(as: "sparc_platform", password: "platform"),
                size: 1
            )
        )
        try await catalog.startupCheck()
        for name in ["One", "Two"] {
            let login = try await catalog.loginRecord(tenantName: name, email: " ann@example.COM")
            #expect(login?.user.email == "Ann@Example.com")
            #expect(login?.tenantName == name)
        }
        let findings = try await connection.run { session throws(DatabaseError) in
            try CatalogAudit.run(CatalogAudit.schemaRules, &session)
        }
        #expect(findings == [])
        let rows = try await connection.run { session throws(DatabaseError) -> Int? in
            try session.query("SELECT count(*) FROM chunks").first?.value(0)
        }
        #expect(rows == 1_000)
        let uses = try await catalog.storeUse()
        #expect(uses.map(\.name) == ["One", "Two"])
        #expect(uses.map(\.storedBytes) == [500_000, 500_000])
        let chunks = try await connection.run { session throws(DatabaseError) -> Int? in
            try session.query("SELECT sum(chunks)::bigint FROM footage_days").first?.value(0)
        }
        #expect(chunks == 1_000)
    }
}
