import Catalog
import Database
import Domain
import TestSupport

/// A database of its own with the whole schema, two tenants and a worker.
struct CatalogFixture: Sendable {
    let database: String
    let owner: ConnectionSettings
    let catalog: Catalog
    let first: TenantID
    let second: TenantID
    let worker: WorkerID

    private static func database() async throws -> ConnectionSettings {
        let server = try PostgresServer.shared()
        let owner = server.superuser(try await server.makeDatabase())
        try await bootstrap(owner, CatalogMigrations.all)
        return owner
    }

    static func make() async throws -> CatalogFixture {
        let owner = try await database()
        let catalog = Catalog(
            app: ConnectionPool(owner.connecting(as: "sparc_app", password: "app"), size: 4),
            platform: ConnectionPool(
                owner.connecting(as: "sparc_platform", password: "platform"),
                size: 2
            )
        )
        let first = try await catalog.createTenant(name: "First")
        let second = try await catalog.createTenant(name: "Second")
        let worker = WorkerID()
        try await catalog.registerWorker(
            WorkerRegistration(
                worker: worker,
                name: "worker",
                edge: "http://127.0.0.1:1",
                highestEpoch: 0
            )
        )
        return CatalogFixture(
            database: owner.description,
            owner: owner,
            catalog: catalog,
            first: first.id,
            second: second.id,
            worker: worker
        )
    }

    static func bootstrap(_ owner: ConnectionSettings, _ migrations: [Migration]) async throws {
        _ = try await CatalogSetup.bootstrap(
            owner: owner,
            appPassword: "app",
            platformPassword: "platform",
            migrations: migrations
        )
    }

    static func emptyDatabase() async throws -> ConnectionSettings {
        let server = try PostgresServer.shared()
        return server.superuser(try await server.makeDatabase())
    }

    func camera(_ tenant: TenantID, name: String = "Gate") async throws -> Camera {
        try await catalog.createCamera(
            tenant,
            NewCamera(
                name: name,
                streams: [
                    CameraStream(role: .main, url: "rtsp://127.0.0.1/1", credentials: [1, 2, 3]),
                    CameraStream(role: .sub, url: "rtsp://127.0.0.1/2", credentials: nil),
                ]
            )
        )
    }

    /// Runs statements as the superuser, outside a transaction.
    func asSuperuser(_ script: String) async throws {
        let connection = try await Connection.open(owner)
        try await connection.run { session throws(DatabaseError) in try session.run(script) }
        await connection.close()
    }

    func findings() async throws -> [CatalogAudit.Finding] {
        let connection = try await Connection.open(owner)
        return try await connection.run { session throws(DatabaseError) in
            try CatalogAudit.run(CatalogAudit.schemaRules, &session)
        }
    }

    func count(_ sql: StaticString) async throws -> Int {
        let connection = try await Connection.open(owner)
        return try await connection.run { session throws(DatabaseError) in
            try session.query(sql).first?.value(0) ?? -1
        }
    }

    static func chunk(
        _ camera: Camera,
        epoch: Int64,
        sequence: Int64,
        start: WallTime,
        seconds: Int = 60,
        hash: Character = "a"
    ) -> SealedChunk {
        var chunk = Chunk(
            identity: ChunkIdentity(
                tenant: camera.tenant,
                camera: camera.id,
                stream: .main,
                epoch: epoch,
                sequence: sequence
            ),
            run: RunID(),
            start: start,
            mediaStart: MediaTime(ticks: 9_000),
            initializationLength: 800,
            initializationHash: "0123456789abcdef",
            codecs: "avc1.64001f,mp4a.40.2",
            width: 1_920,
            height: 1_080,
            segments: []
        )
        var offset = 800
        var time = chunk.mediaStart
        for index in 0..<max(1, seconds / 4) {
            let segment = Segment(
                start: time,
                duration: MediaTime(seconds: 4),
                offset: offset,
                length: 1_000 + index,
                isIndependent: index % 2 == 0
            )
            chunk.segments.append(segment)
            offset += segment.length
            time = segment.end
        }
        return SealedChunk(
            chunk: chunk,
            sha256: String(repeating: hash, count: 64),
            length: offset
        )
    }
}
