import Catalog
import Database
import Domain
import Foundation
import Jobs
import ObjectStore
import TestSupport
import Testing

/// A database and a folder of their own, with chunks whose rows and objects are both real.
struct RetentionFixture: Sendable {
    static let hour: Int64 = 3_600_000
    static let day: Int64 = 24 * hour

    let owner: ConnectionSettings
    let catalog: Catalog
    let folder: String
    let store: any TaggedObjectStoring
    let worker = WorkerID()
    private let superuser: ConnectionPool
    private let content: String
    private let hash: String
    private let length = 2_000

    /// - Parameters:
    ///   - timeZone: The server's default, which nothing may depend on.
    ///   - store: Nil: a folder of the fixture.
    static func make(
        timeZone: String = "UTC",
        store: (any TaggedObjectStoring)? = nil
    ) async throws -> RetentionFixture {
        let server = try PostgresServer.shared()
        let owner = server.superuser(try await server.makeDatabase())
        _ = try await CatalogSetup.bootstrap(
            owner: owner,
            appPassword: "app",
            platformPassword: "platform"
        )
        let fixture = try RetentionFixture(owner: owner, store: store)
        try await fixture.asSuperuser(
            """
            DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET TimeZone = ''\(timeZone)''',
                current_database()); END $$
            """
        )
        try await fixture.catalog.registerWorker(
            WorkerRegistration(
                worker: fixture.worker,
                name: "worker",
                edge: "http://127.0.0.1:1",
                highestEpoch: 0
            )
        )
        return fixture
    }

    private init(owner: ConnectionSettings, store: (any TaggedObjectStoring)?) throws {
        self.owner = owner
        catalog = Catalog(
            app: ConnectionPool(owner.connecting(as: "sparc_app", password: "app"), size: 2),
            platform: ConnectionPool(
                owner.connecting(as: "sparc_platform", password: "platform"),
                size: 4
            )
        )
        superuser = ConnectionPool(owner, size: 2)
        folder =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("retention-\(UUID().uuidString)").path
        self.store = store ?? DirectoryStore(root: folder + "/store")
        content = folder + "/chunk"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        try Data(repeating: 7, count: length).write(to: URL(fileURLWithPath: content))
        hash = try FileHash.sha256(of: content).hex
    }

    /// A bucket of its own in the real gateway.
    static func bucket() async throws -> S3Store {
        S3Store(try await ObjectStoreServer.shared().makeBucket()) {
            WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
        } random: {
            Double.random(in: 0..<1)
        }
    }

    func cleanUp() async {
        await catalog.shutdown()
        superuser.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A tenant whose cameras have no rule of their own.
    func tenant(_ name: String = UUID().uuidString) async throws -> TenantID {
        try await catalog.createTenant(name: name).id
    }

    /// A camera that was added in 2020.
    func camera(
        _ tenant: TenantID,
        days: Int?,
        site: SiteID? = nil
    ) async throws -> Camera {
        let camera = try await catalog.createCamera(
            tenant,
            NewCamera(
                site: site,
                name: "Gate",
                retentionDays: days,
                streams: [
                    CameraStream(role: .main, url: "rtsp://127.0.0.1/1", credentials: nil),
                    CameraStream(role: .sub, url: "rtsp://127.0.0.1/2", credentials: nil),
                ]
            )
        )
        try await asSuperuser(
            "UPDATE cameras SET created_at = '2020-01-01T00:00:00Z' WHERE id = '\(camera.id)'"
        )
        return camera
    }

    /// Stores and registers chunks of four seconds that end at these moments.
    func record(
        _ camera: Camera,
        ending ends: [WallTime],
        stream: StreamRole = .main
    ) async throws -> [SealedChunk] {
        let epoch = try await catalog.grant(worker, camera.tenant, camera.id, stream)
        let chunks = ends.enumerated().map { index, end in
            chunk(camera, stream, epoch, Int64(index + 1), end.adding(milliseconds: -4_000))
        }
        try await register(chunks)
        return chunks
    }

    /// Puts the objects and offers the rows, as a worker does.
    func register(_ chunks: [SealedChunk]) async throws {
        for chunk in chunks {
            let identity = chunk.chunk.identity
            _ = try await store.put(
                NewObject(
                    key: try #require(ObjectKey(chunk.key)),
                    path: content,
                    length: length,
                    sha256: hash,
                    tags: ObjectTags(
                        tenant: identity.tenant,
                        camera: identity.camera,
                        retentionDays: 1,
                        retentionClass: .continuous
                    ),
                    metadata: [:]
                )
            )
        }
        let verdicts = try await catalog.registerChunks(
            worker,
            chunks.map { ChunkOffer(sealed: $0, precedingGap: nil) }
        )
        #expect(verdicts.allSatisfy { $0 == .registered })
    }

    func chunk(
        _ camera: Camera,
        _ stream: StreamRole,
        _ epoch: Int64,
        _ sequence: Int64,
        _ start: WallTime
    ) -> SealedChunk {
        let mediaStart = MediaTime(ticks: 9_000)
        let chunk = Chunk(
            identity: ChunkIdentity(
                tenant: camera.tenant,
                camera: camera.id,
                stream: stream,
                epoch: epoch,
                sequence: sequence
            ),
            run: RunID(),
            start: start,
            mediaStart: mediaStart,
            initializationLength: 800,
            initializationHash: "0123456789abcdef",
            codecs: "avc1.64001f",
            width: 640,
            height: 360,
            segments: [
                Segment(
                    start: mediaStart,
                    duration: MediaTime(seconds: 4),
                    offset: 800,
                    length: 1_200,
                    isIndependent: true
                )
            ]
        )
        return SealedChunk(chunk: chunk, sha256: hash, length: length)
    }

    func retention(
        holder: UUID = UUID(),
        batch: Int = Retention.batchLimit,
        store: (any ObjectStoring)? = nil,
        before: @escaping @Sendable (Retention.Step) async throws -> Void = { _ in }
    ) -> Retention {
        Retention(
            catalog: catalog,
            store: store ?? self.store,
            holder: holder,
            batch: batch,
            before: before
        )
    }

    /// One run that must do its work.
    @discardableResult
    func run(at moment: WallTime) async throws -> RetentionReport {
        let outcome = try await retention().run(at: moment, isForced: true)
        guard case .done(let report) = outcome else {
            throw CatalogError(.internal, "the run did not begin: \(outcome)")
        }
        return report
    }

    /// What the store and the table have of a chunk.
    func presence(_ chunk: SealedChunk) async throws -> ChunkPresence {
        let key = try #require(ObjectKey(chunk.key))
        let identity = chunk.chunk.identity
        let tombstone = try await superuser.transaction { session throws(DatabaseError) in
            try session.query(
                """
                SELECT tombstoned_at IS NOT NULL FROM chunks
                WHERE tenant_id = $1 AND camera_id = $2 AND stream = $3 AND epoch = $4
                    AND sequence = $5
                """,
                .id(identity.tenant),
                .id(identity.camera),
                .text(identity.stream.rawValue),
                .int(identity.epoch),
                .int(identity.sequence)
            ).first?.value(0, as: Bool.self)
        }
        return ChunkPresence(
            hasObject: try await store.head(key) != nil,
            hasRow: tombstone != nil,
            hasTombstone: tombstone == true
        )
    }

    func isWhole(_ chunk: SealedChunk) async throws -> Bool {
        let isThere = try await presence(chunk) == .whole
        let isSeen = try await catalog.chunk(chunk.chunk.identity) != nil
        #expect(isThere == isSeen)
        return isThere
    }

    func isGone(_ chunk: SealedChunk) async throws -> Bool {
        try await presence(chunk) == .gone
    }

    /// Tombstones with this key.
    func tombstones(_ key: ObjectKey) async throws -> Int {
        try await superuser.transaction { session throws(DatabaseError) in
            try session.query(
                """
                SELECT count(*) FROM chunks
                WHERE object_key = $1 AND tombstoned_at IS NOT NULL
                """,
                .text(key.description)
            ).first?.value(0) ?? -1
        }
    }

    func asSuperuser(_ script: String) async throws {
        try await superuser.transaction { session throws(DatabaseError) in
            try session.run(script)
        }
    }

    func count(_ sql: StaticString) async throws -> Int {
        try await superuser.transaction { session throws(DatabaseError) in
            try session.query(sql).first?.value(0) ?? -1
        }
    }
}

/// Where a chunk still is.
struct ChunkPresence: Equatable {
    var hasObject: Bool
    var hasRow: Bool
    var hasTombstone: Bool

    static let whole = ChunkPresence(hasObject: true, hasRow: true, hasTombstone: false)
    static let gone = ChunkPresence(hasObject: false, hasRow: false, hasTombstone: false)

    /// An object goes after its tombstone, a row after its object.
    var isInOrder: Bool {
        hasObject ? hasRow : !hasRow || hasTombstone
    }
}
