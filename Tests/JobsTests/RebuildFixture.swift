import Catalog
import Database
import Domain
import Foundation
import Jobs
import ObjectStore
import TestSupport
import Testing

/// A catalogue and a store full of footage of several organisations, whose tables are then lost.
struct RebuildFixture: Sendable {
    /// Bytes that several objects share, so that many are made quickly.
    private struct Content: Sendable {
        var path: String
        var hash: String
        var length: Int
    }

    /// A stream that chunks are made of.
    private struct Source: Sendable {
        var camera: Camera
        var stream: StreamRole
        var days: Int
    }

    static let initializationLength = 100
    private static let minute: Int64 = 60_000

    let base: RetentionFixture
    let store: any TaggedObjectStoring
    private let contents: [Content]

    /// - Parameter store: Nil: the folder of the fixture.
    static func make(store: (any TaggedObjectStoring)? = nil) async throws -> RebuildFixture {
        let base = try await RetentionFixture.make()
        var contents: [Content] = []
        for number in 0..<8 {
            let path = "\(base.folder)/content-\(number)"
            let bytes = (0..<(2_000 + number * 37)).map {
                UInt8(truncatingIfNeeded: $0 * 7 + number)
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let (hash, length) = try FileHash.sha256(of: path)
            contents.append(Content(path: path, hash: hash, length: length))
        }
        return RebuildFixture(base: base, store: store ?? base.store, contents: contents)
    }

    var catalog: Catalog { base.catalog }

    func cleanUp() async { await base.cleanUp() }

    /// Stores and registers about `count` chunks of three organisations with two cameras of two
    /// streams each, in runs with gaps between them, of several days, with rules of their own.
    @discardableResult
    func populate(_ count: Int) async throws -> [ChunkOffer] {
        var sources: [Source] = []
        for rules in [[7, 30], [nil, 90], [3, nil]] as [[Int?]] {
            let tenant = try await base.tenant()
            for days in rules {
                let camera = try await base.camera(tenant, days: days)
                for stream in [StreamRole.main, .sub] {
                    sources.append(Source(camera: camera, stream: stream, days: days ?? 30))
                }
            }
        }
        let share = (count + sources.count - 1) / sources.count
        var offers: [ChunkOffer] = []
        for (number, source) in sources.enumerated() {
            let made = try await chunks(of: source, share, salt: number)
            try await put(made, days: source.days)
            try await register(made)
            offers += made
        }
        return offers
    }

    /// Consecutive minutes up to an hour ago; a new epoch after half of them.
    private func chunks(of source: Source, _ count: Int, salt: Int) async throws -> [ChunkOffer] {
        var offers: [ChunkOffer] = []
        let now = Int64(Date().timeIntervalSince1970) / 60 * 60_000
        let first = now - Int64(count + 60) * Self.minute + Int64(salt)
        var run = RunID()
        var epoch = Int64(0)
        for index in 0..<count {
            let isNewEpoch = index == 0 || index == count / 2
            if isNewEpoch {
                epoch = try await catalog.grant(
                    base.worker,
                    source.camera.tenant,
                    source.camera.id,
                    source.stream
                )
            }
            let isNewRun = isNewEpoch || index % 9 == 0
            if isNewRun { run = RunID() }
            let gap: Int64 = isNewRun ? 2_000 : 0
            let start = WallTime(microseconds: (first + Int64(index) * Self.minute + gap) * 1_000)
            offers.append(
                offer(
                    ChunkIdentity(
                        tenant: source.camera.tenant,
                        camera: source.camera.id,
                        stream: source.stream,
                        epoch: epoch,
                        sequence: Int64(index + 1)
                    ),
                    run,
                    start: start,
                    seconds: 60 - gap / 1_000,
                    hasGap: isNewRun,
                    salt: salt + index
                )
            )
        }
        return offers
    }

    private func offer(
        _ identity: ChunkIdentity,
        _ run: RunID,
        start: WallTime,
        seconds: Int64,
        hasGap: Bool,
        salt: Int
    ) -> ChunkOffer {
        let content = contents[salt % contents.count]
        let mediaStart = MediaTime(ticks: 9_000 + Int64(salt) * 91)
        var segments: [Segment] = []
        var time = mediaStart
        var offset = Self.initializationLength
        let count = 4 + salt % 11
        for index in 0..<count {
            let isLast = index == count - 1
            let end = mediaStart + MediaTime(seconds: Double(seconds))
            let duration = MediaTime(
                ticks: (end - mediaStart).ticks / Int64(count) + Int64(index % 2)
            )
            let length = isLast ? content.length - offset : 100 + index
            segments.append(
                Segment(
                    start: time,
                    duration: isLast ? end - time : duration,
                    offset: offset,
                    length: length,
                    isIndependent: index % 5 != 3
                )
            )
            time = time + duration
            offset += length
        }
        let chunk = Chunk(
            identity: identity,
            run: run,
            start: start,
            mediaStart: mediaStart,
            initializationLength: Self.initializationLength,
            initializationHash: "0123456789abcde\(salt % 10)",
            codecs: salt % 2 == 0 ? "avc1.64001f" : "hvc1.1.6.L93.B0,mp4a.40.2",
            width: 640,
            height: 360,
            segments: segments
        )
        let reasons = GapReason.allCases
        let gap = Gap(
            start: start.adding(milliseconds: -2_000),
            end: start,
            reason: reasons[salt % reasons.count]
        )
        return ChunkOffer(
            sealed: SealedChunk(chunk: chunk, sha256: content.hash, length: content.length),
            precedingGap: hasGap ? gap : nil
        )
    }

    /// Stores the objects as the shipper does, several at once.
    func put(
        _ offers: [ChunkOffer],
        days: Int,
        metadata change: @escaping @Sendable (inout [String: String]) -> Void = { _ in }
    ) async throws {
        let paths = Dictionary(contents.map { ($0.hash, $0.path) }) { first, _ in first }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, offer) in offers.enumerated() {
                if index >= 8 { _ = try await group.next() }
                group.addTask { [store] in
                    let identity = offer.sealed.chunk.identity
                    let tags = ObjectTags(
                        tenant: identity.tenant,
                        camera: identity.camera,
                        retentionDays: days,
                        retentionClass: .continuous
                    )
                    var metadata = ChunkMetadata.values(of: offer, tags: tags)
                    change(&metadata)
                    _ = try await store.put(
                        NewObject(
                            key: try #require(ObjectKey(offer.sealed.key)),
                            path: try #require(paths[offer.sealed.sha256]),
                            length: offer.sealed.length,
                            sha256: offer.sealed.sha256,
                            tags: tags,
                            metadata: metadata
                        )
                    )
                }
            }
            try await group.waitForAll()
        }
    }

    private func register(_ offers: [ChunkOffer]) async throws {
        for start in stride(from: 0, to: offers.count, by: ChunkOffers.countLimit) {
            let batch = offers[start..<min(start + ChunkOffers.countLimit, offers.count)]
            let verdicts = try await catalog.registerChunks(base.worker, Array(batch))
            #expect(verdicts.allSatisfy { $0 == .registered })
        }
    }

    /// Keeps a copy of the tables aside, to be compared with.
    func copyTables() async throws {
        try await base.asSuperuser(
            """
            CREATE SCHEMA lost;
            CREATE TABLE lost.chunks AS SELECT * FROM sparc.chunks;
            CREATE TABLE lost.gaps AS SELECT * FROM sparc.gaps;
            CREATE TABLE lost.progress AS SELECT * FROM sparc.stream_progress;
            """
        )
    }

    /// Everything but the schema and the workers is gone, as after a new `sparc migrate`.
    func loseTables() async throws {
        try await base.asSuperuser("TRUNCATE sparc.tenants CASCADE")
    }

    /// Rows that are in one of the two and not in the other, and the number of lost ones. All
    /// columns count but the moment of registration, which no object knows.
    func differences() async throws -> (rows: Int, lost: Int) {
        let chunks = try await base.count(
            """
            WITH a AS (SELECT to_jsonb(k) - 'registered_at' FROM sparc.chunks k),
                b AS (SELECT to_jsonb(k) - 'registered_at' FROM lost.chunks k)
            SELECT (SELECT count(*) FROM (SELECT * FROM a EXCEPT ALL SELECT * FROM b) x)
                + (SELECT count(*) FROM (SELECT * FROM b EXCEPT ALL SELECT * FROM a) x)
            """
        )
        let gaps = try await base.count(
            """
            SELECT (SELECT count(*) FROM (TABLE sparc.gaps EXCEPT ALL TABLE lost.gaps) x)
                + (SELECT count(*) FROM (TABLE lost.gaps EXCEPT ALL TABLE sparc.gaps) x)
            """
        )
        let progress = try await base.count(
            """
            SELECT (SELECT count(*) FROM (TABLE sparc.stream_progress
                    EXCEPT ALL TABLE lost.progress) x)
                + (SELECT count(*) FROM (TABLE lost.progress
                    EXCEPT ALL TABLE sparc.stream_progress) x)
            """
        )
        let lost = try await base.count("SELECT count(*) FROM lost.chunks")
        return (chunks + gaps + progress, lost)
    }

    func rebuild(
        page: Int = Catalog.restoreLimit,
        before: @escaping @Sendable (IndexRebuild.Step) async throws -> Void = { _ in }
    ) -> IndexRebuild {
        IndexRebuild(catalog: catalog, store: store, page: page, before: before)
    }

    /// One rebuild that must do its work.
    @discardableResult
    func rebuilt(page: Int = Catalog.restoreLimit) async throws -> RebuildReport {
        let outcome = try await rebuild(page: page).run()
        guard case .done(let report) = outcome else {
            throw CatalogError(.internal, "the rebuild was refused: \(outcome)")
        }
        return report
    }

    func reconcile(
        sample: Int = 0,
        seed: UInt64 = 1,
        isQuick: Bool = false,
        settle: @escaping @Sendable () async throws -> Void = {}
    ) async throws -> ReconcileReport {
        try await Reconciliation(
            catalog: catalog,
            store: store,
            page: 7,
            sample: sample,
            seed: seed,
            isQuick: isQuick,
            settle: settle
        ).run()
    }

    /// Path of an object in the folder.
    func path(_ offer: ChunkOffer) -> String { "\(base.folder)/store/\(offer.sealed.key)" }

    /// Path of the description beside it.
    func sidecar(_ offer: ChunkOffer) -> String {
        let url = URL(fileURLWithPath: path(offer))
        return url.deletingLastPathComponent().path + "/.\(url.lastPathComponent).json"
    }
}
