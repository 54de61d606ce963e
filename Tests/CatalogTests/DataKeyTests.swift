import Catalog
import Database
import Domain
import Testing

/// Data keys in the database: one is current, and none goes that a value needs.
struct DataKeyTests {
    private static func key(_ number: UInt32, _ byte: UInt8 = 1) -> WrappedDataKey {
        WrappedDataKey(number: number, wrapped: [UInt8](repeating: byte, count: 65))
    }

    /// As a sealed value of version 2 begins.
    private static func sealed(_ number: UInt8, _ byte: UInt8 = 7) -> [UInt8] {
        [2, 0, 0, 0, number] + [UInt8](repeating: byte, count: 40)
    }

    private func camera(
        _ fixture: CatalogFixture,
        _ tenant: TenantID,
        _ sealed: [UInt8]
    ) async throws(CatalogError) -> Camera {
        try await fixture.catalog.createCamera(
            tenant,
            NewCamera(
                name: "Gate",
                streams: [
                    CameraStream(role: .main, url: "rtsp://10.0.0.1/1", credentials: sealed)
                ]
            )
        )
    }

    @Test func `of fifty that make a first key one does, and of fifty that replace it one`()
        async throws
    {
        let fixture = try await CatalogFixture.make()
        for replaced: UInt32? in [nil, 1, 2] {
            let next = (replaced ?? 0) + 1
            let made = try await withThrowingTaskGroup(of: WrappedDataKey.self) { group in
                for index in 0..<50 {
                    group.addTask {
                        try await fixture.catalog.addDataKey(
                            fixture.first,
                            Self.key(next, UInt8(index)),
                            replacing: replaced
                        )
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(made.count == 1)
            #expect(try await fixture.catalog.currentDataKey(fixture.first) == made.first)
        }
        #expect(try await fixture.catalog.dataKeys(fixture.first).map(\.number) == [1, 2, 3])
        #expect(try await fixture.catalog.dataKeys(fixture.second).isEmpty)
        #expect(try await fixture.catalog.dataKey(fixture.second, 1) == nil)
        // The database itself refuses a second current one, and a key of another tenant's.
        await #expect(throws: (any Error).self) {
            try await fixture.asSuperuser("UPDATE sparc.data_keys SET retired_at = NULL")
        }
        await #expect(throws: CatalogError.self) {
            try await camera(fixture, fixture.second, Self.sealed(1))
        }
    }

    @Test func `a key that a value needs stays, and the current one too`() async throws {
        let fixture = try await CatalogFixture.make()
        let catalog = fixture.catalog
        _ = try await catalog.addDataKey(fixture.first, Self.key(1), replacing: nil)
        let camera = try await camera(fixture, fixture.first, Self.sealed(1))
        #expect(try await !catalog.deleteDataKey(fixture.first, 1))
        _ = try await catalog.addDataKey(fixture.first, Self.key(2), replacing: 1)
        #expect(try await !catalog.deleteDataKey(fixture.first, 1))
        let values = try await catalog.sealedValues(
            fixture.first,
            .cameraCredentials,
            notUnder: 2,
            after: ""
        )
        #expect(values.map(\.row) == ["\(camera.id)/main"])
        #expect(values.map(\.sealed) == [Self.sealed(1)])
        // Not what it was: nothing is replaced.
        let stale = SealedValue(
            column: .cameraCredentials,
            row: values[0].row,
            sealed: Self.sealed(1, 8)
        )
        #expect(try await catalog.rewrap(fixture.first, [(stale, Self.sealed(2))]) == 0)
        #expect(try await catalog.rewrap(fixture.second, [(values[0], Self.sealed(2))]) == 0)
        #expect(try await catalog.rewrap(fixture.first, [(values[0], Self.sealed(2))]) == 1)
        #expect(
            try await catalog.camera(fixture.first, camera.id)?.streams[0].credentials
                == Self.sealed(2)
        )
        await #expect(throws: CatalogError.self) {
            let same = SealedValue(
                column: .cameraCredentials,
                row: values[0].row,
                sealed: Self.sealed(2)
            )
            _ = try await catalog.rewrap(fixture.first, [(same, Self.sealed(2, 9))])
        }
        #expect(try await !catalog.deleteDataKey(fixture.second, 1))
        #expect(try await catalog.deleteDataKey(fixture.first, 1))
        #expect(try await !catalog.deleteDataKey(fixture.first, 1))
        // A value that was sealed under it meanwhile is refused, and may be made again.
        do throws(CatalogError) {
            _ = try await self.camera(fixture, fixture.first, Self.sealed(1))
            Issue.record("a value under a deleted key was stored")
        } catch {
            #expect(error.isRetryable && error.constraint == "camera_streams_data_key")
        }
    }

    @Test func `every sealed column keeps the keys of its values`() async throws {
        let fixture = try await CatalogFixture.make()
        let kept = try await fixture.count(
            """
            SELECT count(*) FROM pg_constraint k WHERE k.contype = 'f' AND k.conname LIKE '%\\_data\\_key'
                AND k.confrelid = 'sparc.data_keys'::regclass AND k.confdeltype = 'a'
                AND cardinality(k.conkey) = 2
            """
        )
        #expect(kept == SealedColumn.allCases.count)
    }

    @Test func `only a rotation replaces values without an entry for each`() async throws {
        let fixture = try await CatalogFixture.make()
        let catalog = fixture.catalog
        _ = try await catalog.addDataKey(fixture.first, Self.key(1), replacing: nil)
        let camera = try await camera(fixture, fixture.first, Self.sealed(1))
        _ = try await catalog.addDataKey(fixture.first, Self.key(2), replacing: 1)
        let value = SealedValue(
            column: .cameraCredentials,
            row: "\(camera.id)/main",
            sealed: Self.sealed(1)
        )
        #expect(try await catalog.rewrap(fixture.first, [(value, Self.sealed(2))]) == 1)
        #expect(try await catalog.deleteDataKey(fixture.first, 1))
        func actions() async throws -> [String] {
            try await catalog.auditChain(fixture.first, after: 0, limit: 100).map { entry in
                let word = entry.body.split(separator: "\"action\": \"").last
                return word.flatMap { $0.split(separator: "\"").first }.map { String($0) } ?? ""
            }
        }
        let told = try await actions()
        #expect(
            told.suffix(5) == [
                "camera.created", "camera_stream.created", "data_key.made", "data_key.changed",
                "data_key.deleted",
            ]
                || told.suffix(5).sorted() == [
                    "camera.created", "camera_stream.created", "data_key.changed",
                    "data_key.deleted",
                    "data_key.made",
                ]
        )
        // Anybody else's change is told, also under another key.
        let pool = ConnectionPool(
            fixture.owner.connecting(as: "sparc_app", password: "app"),
            size: 1
        )
        let tenant = fixture.first
        _ = try await pool.transaction(.readWrite, tenant: tenant) {
            session throws(DatabaseError) in
            try session.query(
                "SELECT set_config('app.rewrapped_tenant', $1::text, true)",
                .id(tenant)
            )
            return try session.query(
                "UPDATE camera_streams SET credentials = NULL WHERE tenant_id = $1",
                .id(tenant)
            ).affected
        }
        #expect(try await actions().last == "camera_stream.changed")
        // And tenants cannot call it.
        await #expect(throws: DatabaseError.self) {
            try await pool.transaction(.readWrite, tenant: tenant) {
                session throws(DatabaseError) in
                try session.query(
                    "SELECT rewrap_secret($1, 'webhooks.secret', '', $2, $3)",
                    .id(tenant),
                    .bytes(Self.sealed(1)),
                    .bytes(Self.sealed(2))
                ).affected
            }
        }
        pool.close()
    }
}
