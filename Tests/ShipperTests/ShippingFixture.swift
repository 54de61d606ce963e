import Domain
import Files
import Foundation
import ObjectStore
import Shipper
import Spool
import Synchronization

/// A spool and a store in a temporary folder, a clock that is moved by hand and a list of events.
final class ShippingFixture: Sendable {
    let root: String
    let layout: SpoolLayout
    let tenant = TenantID()
    let registry = Registry()
    let events = Mutex<[ShipperEvent]>([])
    let clock = Mutex(MonotonicTime(nanoseconds: 0))
    let start = WallTime(seconds: 1_769_903_940)
    private let initialization: [UInt8] = (0..<600).map { UInt8(truncatingIfNeeded: $0) }
    private let run = RunID()

    init() {
        root =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("sparc-shipper-\(UUID().uuidString)").path
        layout = SpoolLayout(root: root + "/spool")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    var storeRoot: String { root + "/store" }

    func identity(_ camera: CameraID, _ sequence: Int64) -> ChunkIdentity {
        ChunkIdentity(
            tenant: tenant,
            camera: camera,
            stream: .main,
            epoch: 1,
            sequence: sequence
        )
    }

    /// Records closed chunks of 8 s with the sequences given.
    func record(_ camera: CameraID, _ sequences: ClosedRange<Int64>) throws {
        for sequence in sequences {
            let mediaStart = MediaTime(seconds: Double(sequence - 1) * 8)
            let header = ChunkHeader(
                identity: identity(camera, sequence),
                run: run,
                start: start + mediaStart,
                mediaStart: mediaStart,
                codecs: "avc1.64001f",
                width: 1_280,
                height: 720,
                initializationLength: initialization.count,
                initializationHash: ChunkHeader.hash(of: initialization),
                precedingGap: sequence == 1
                    ? Gap(
                        start: start.adding(milliseconds: -5_000),
                        end: start,
                        reason: .workerDown
                    )
                    : nil
            )
            let writer = try ChunkWriter(layout, header, initialization: initialization)
            for number in 0..<16 {
                try writer.append(
                    (0..<(300 + number)).map { UInt8(truncatingIfNeeded: $0 &* Int(sequence)) },
                    start: mediaStart + MediaTime(ticks: Int64(number) * 45_000),
                    duration: MediaTime(ticks: 45_000),
                    isIndependent: number % 8 == 0,
                    beginsSegment: number % 8 == 0
                )
            }
            try writer.close(.rolled)
        }
    }

    /// What a worker does at its start.
    func recovered() throws -> SpoolIndex {
        let index = SpoolIndex(root: layout.root)
        _ = try index.recover()
        return index
    }

    func shipper(
        _ index: SpoolIndex,
        _ store: (any ObjectStoring)? = nil,
        settings: ShipperSettings = ShipperSettings(),
        limitBytes: Int? = nil,
        space: @escaping @Sendable () throws -> FileSystemSpace = {
            FileSystemSpace(totalBytes: 1 << 40, freeBytes: 1 << 39)
        }
    ) -> Shipper {
        Shipper(
            index: index,
            store: store ?? DirectoryStore(root: storeRoot),
            registrar: registry,
            retentionDays: { _ in 30 },
            now: { self.clock.withLock { $0 } },
            random: { 0.5 },
            grace: .seconds(600),
            settings: settings,
            quota: SpoolQuota(limitBytes: limitBytes),
            space: space,
            report: { event in self.events.withLock { $0.append(event) } }
        )
    }

    func advance(_ span: Duration) {
        clock.withLock { $0 = $0 + span }
    }

    func bytes(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path).map { [UInt8]($0) }
    }

    func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
    }

    /// Names of all objects, with their bytes.
    func objects() async throws -> [String: [UInt8]] {
        guard exists(storeRoot) else { return [:] }
        let keys = try await DirectoryStore(root: storeRoot).list(
            prefix: "",
            after: nil,
            limit: 10_000
        )
        var all: [String: [UInt8]] = [:]
        for key in keys { all[key.description] = bytes("\(storeRoot)/\(key)") }
        return all
    }
}

/// The coordinator's part: a row per chunk, and what can go wrong on the way to it.
final class Registry: ChunkRegistering {
    enum Mode: Sendable, Equatable {
        case up
        /// Not reachable.
        case down
        /// The rows are committed and the answer is lost.
        case mute
        case refusing
        /// Requests with one of these chunks are rejected as a whole.
        case rejecting(Set<ChunkIdentity>)
    }

    struct Down: Error {}

    let mode = Mutex(Mode.up)
    let rows = Mutex<[ChunkIdentity: ChunkOffer]>([:])
    /// Offers with the same identity and other bytes.
    let contradictions = Mutex(0)
    let requests = Mutex<[Int]>([])
    /// Gaps of chunks that were given up.
    let drops = Mutex<[ChunkIdentity: ChunkDrop]>([:])
    /// How often each was told of and committed.
    let tellings = Mutex<[ChunkIdentity: Int]>([:])

    func set(_ new: Mode) {
        mode.withLock { $0 = new }
    }

    func register(_ offers: [ChunkOffer]) async throws -> [ChunkVerdict] {
        let mode = self.mode.withLock { $0 }
        requests.withLock { $0.append(offers.count) }
        if mode == .down { throw Down() }
        if mode == .refusing { return offers.map { _ in .refused } }
        if case .rejecting(let bad) = mode,
            offers.contains(where: { bad.contains($0.sealed.chunk.identity) })
        {
            throw OfferRejection(reason: "a value is of another form")
        }
        let gone = drops.withLock { Set($0.keys) }
        rows.withLock { rows in
            for offer in offers where !gone.contains(offer.sealed.chunk.identity) {
                if let known = rows[offer.sealed.chunk.identity], known.sealed != offer.sealed {
                    contradictions.withLock { $0 += 1 }
                }
                let known = rows[offer.sealed.chunk.identity]
                rows[offer.sealed.chunk.identity] = known ?? offer
            }
        }
        if mode == .mute { throw Down() }
        return offers.map { gone.contains($0.sealed.chunk.identity) ? .refused : .registered }
    }

    func report(_ new: [ChunkDrop]) async throws -> [DropVerdict] {
        let mode = self.mode.withLock { $0 }
        if mode == .down { throw Down() }
        if mode == .refusing { return new.map { _ in .refused } }
        if case .rejecting(let bad) = mode, new.contains(where: { bad.contains($0.identity) }) {
            throw OfferRejection(reason: "a value is of another form")
        }
        let registered = rows.withLock { Set($0.keys) }
        for drop in new {
            tellings.withLock { $0[drop.identity, default: 0] += 1 }
            guard !registered.contains(drop.identity) else { continue }
            drops.withLock { drops in
                if let known = drops[drop.identity], known.gap != drop.gap {
                    contradictions.withLock { $0 += 1 }
                }
                drops[drop.identity] = drops[drop.identity] ?? drop
            }
        }
        if mode == .mute { throw Down() }
        return new.map { registered.contains($0.identity) ? .registered : .recorded }
    }
}

/// A store that fails as told, in front of a real one.
final class FaultyStore: ObjectStoring {
    enum Mode: Sendable {
        case up
        case full
        /// The bytes arrive and the answer is lost.
        case mute
        /// No answer until another mode is set.
        case stuck
    }

    let mode = Mutex(Mode.up)
    let puts = Mutex<[ObjectKey]>([])
    private let active = Mutex((now: 0, most: 0))
    private let pause: Duration
    private let real: DirectoryStore

    init(_ root: String, pause: Duration = .zero) {
        real = DirectoryStore(root: root)
        self.pause = pause
    }

    var mostAtOnce: Int { active.withLock { $0.most } }

    func set(_ new: Mode) {
        mode.withLock { $0 = new }
    }

    func put(_ object: NewObject) async throws -> PutOutcome {
        active.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
        defer { active.withLock { $0.now -= 1 } }
        puts.withLock { $0.append(object.key) }
        if pause > .zero { try await Task.sleep(for: pause) }
        while mode.withLock({ $0 == .stuck }) { try await Task.sleep(for: .milliseconds(2)) }
        switch mode.withLock({ $0 }) {
        case .full: throw ObjectStoreError(.noSpace, "no space left on device")
        case .mute:
            _ = try await real.put(object)
            throw ObjectStoreError(.unavailable, "connection reset")
        case .up, .stuck: return try await real.put(object)
        }
    }

    func head(_ key: ObjectKey) async throws -> StoredObject? { try await real.head(key) }

    func read(_ key: ObjectKey, range: Range<Int>) async throws -> [UInt8] {
        try await real.read(key, range: range)
    }

    func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [ObjectKey] {
        try await real.list(prefix: prefix, after: after, limit: limit)
    }

    func delete(_ key: ObjectKey) async throws { try await real.delete(key) }

    func delete(_ keys: [ObjectKey]) async throws -> [DeleteFailure] {
        try await real.delete(keys)
    }
}
