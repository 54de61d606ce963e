import Catalog
import Database
import Domain
import Testing

/// Each line of what was found out about row-level security, as a test of the real schema.
struct TenancyTests {
    @Test func `a tenant sees, changes and refers to nothing of another`() async throws {
        let fixture = try await CatalogFixture.make()
        let catalog = fixture.catalog
        let camera = try await fixture.camera(fixture.second)
        let site = try await catalog.createSite(fixture.second, name: "Head office")
        #expect(try await catalog.camera(fixture.first, camera.id) == nil)
        #expect(try await catalog.removeCamera(fixture.first, camera.id) == false)
        let page = try await catalog.cameras(fixture.first, after: nil, limit: 10)
        #expect(page.cameras.isEmpty)
        #expect(try await catalog.sites(fixture.first).isEmpty)
        #expect(try await catalog.tenant(fixture.first)?.name == "First")
        // A site of another tenant is as unknown as one that does not exist.
        var new = NewCamera(
            site: site.id,
            name: "x",
            streams: [CameraStream(role: .main, url: "rtsp://127.0.0.1/", credentials: nil)]
        )
        let foreign = await #expect(throws: CatalogError.self) {
            try await catalog.createCamera(fixture.first, new)
        }
        new.site = SiteID()
        let missing = await #expect(throws: CatalogError.self) {
            try await catalog.createCamera(fixture.first, new)
        }
        #expect(foreign == missing)
        #expect(foreign?.code == .notFound)
        // The same id is free for another tenant: no oracle.
        new.site = nil
        new.id = camera.id
        let twin = try await catalog.createCamera(fixture.first, new)
        #expect(twin.id == camera.id)
        #expect(try await catalog.camera(fixture.second, camera.id) == camera)
    }

    @Test func `row security holds without any condition in the statement`() async throws {
        let fixture = try await CatalogFixture.make()
        _ = try await fixture.camera(fixture.first)
        _ = try await fixture.camera(fixture.second)
        let pool = ConnectionPool(
            fixture.owner.connecting(as: "sparc_app", password: "app"),
            size: 1
        )
        func count(_ tenant: TenantID?) async throws -> Int {
            try await pool.transaction(tenant: tenant) { session throws(DatabaseError) in
                try session.query("SELECT count(*) FROM cameras").first?.value(0) ?? -1
            }
        }
        #expect(try await count(nil) == 0)
        #expect(try await count(fixture.first) == 1)
        // The same connection again, after a transaction that had a tenant: the setting is gone.
        #expect(try await count(nil) == 0)
        #expect(try await count(TenantID()) == 0)
        let other = fixture.second
        for (statement, state) in [
            ("INSERT INTO sites (tenant_id, name) VALUES ('\(other)', 'x')", "42501"),
            ("UPDATE cameras SET tenant_id = '\(other)'", "42501"),
            ("TRUNCATE cameras", "42501"), ("DELETE FROM cameras", "42501"),
            ("SELECT * FROM chunks_default", "42501"), ("SELECT * FROM workers", "42501"),
            ("SELECT make_chunk_partition('2020-01-01')", "42501"),
            ("CREATE TABLE mine (id int)", "42501"), ("SET ROLE sparc_owner", "42501"),
        ] {
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.transaction(tenant: fixture.first) { session throws(DatabaseError) in
                    try session.run(statement)
                }
            }
            #expect(error?.sqlState == state, "\(statement)")
        }
    }

    @Test func `the owner sees no row of a tenant, and the platform no password`() async throws {
        let fixture = try await CatalogFixture.make()
        _ = try await fixture.camera(fixture.first)
        let connection = try await Connection.open(fixture.owner)
        let seen = try await connection.run { session throws(DatabaseError) -> Int in
            try session.run("SET ROLE sparc_owner")
            return try session.query("SELECT count(*) FROM cameras").first?.value(0) ?? -1
        }
        #expect(seen == 0)
        let pool = ConnectionPool(
            fixture.owner.connecting(as: "sparc_platform", password: "platform"),
            size: 1
        )
        for statement in [
            "SELECT password_hash FROM users", "SELECT version FROM cameras", "DELETE FROM tenants",
            "UPDATE camera_streams SET url = 'x'", "SELECT * FROM sites",
        ] {
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.transaction { session throws(DatabaseError) in
                    try session.run(statement)
                }
            }
            #expect(error?.sqlState == "42501", "\(statement)")
        }
    }

    @Test func `no connection keeps a tenant when many tasks share few connections`() async throws {
        let fixture = try await CatalogFixture.make()
        _ = try await fixture.camera(fixture.first, name: "CAN-first")
        _ = try await fixture.camera(fixture.second, name: "CAN-second")
        let tenants = [(fixture.first, "CAN-first"), (fixture.second, "CAN-second")]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<16 {
                group.addTask {
                    for round in 0..<40 {
                        let (tenant, canary) = tenants[(index + round) % 2]
                        if (index * round) % 7 == 3 {
                            // A failing transaction in between must leave nothing behind.
                            await #expect(throws: CatalogError.self) {
                                try await fixture.catalog.createSite(tenant, name: "")
                            }
                        }
                        let page = try await fixture.catalog.cameras(tenant, after: nil, limit: 5)
                        #expect(page.cameras.map { $0.name } == [canary])
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
