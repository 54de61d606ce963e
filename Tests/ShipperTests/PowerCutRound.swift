import Domain
import Files
import Foundation
import ObjectStore
import Shipper
import Spool
import Synchronization
import TestSupport
import Testing

/// One power cut: cameras are recorded onto a disk, their chunks shipped, the power goes at a moment
/// that the seed chooses, and the next start has to make good of what the disk still has.
///
/// The ledger, where rows are committed, is another machine's: it survives. Spool and store are on
/// the disk that loses its power.
final class PowerCutRound {
    /// What is under way when the power goes.
    enum Moment: String, Sendable, CaseIterable {
        case writing
        case syncing
        /// At any point of steps 1 to 4.
        case shipping
        /// The row is committed, and the worker does not hear of it.
        case registering
        case freeing
        /// After a step of dropping that the seed chooses.
        case dropping
        /// The gap is committed, and the worker does not hear of it.
        case telling
    }

    private static let cameras = 3
    /// Milliseconds of a fragment; two make the second after which all is made durable.
    private static let fragment: Int64 = 500

    private let disk: PowerCutDisk
    private let root: String
    private let moment: Moment
    private let ledger: CuttingLedger
    private var random: SeededRandom
    private var tapes: [CameraTape] = []

    init(disk: PowerCutDisk, folder: String, moment: Moment, seed: UInt64) {
        self.disk = disk
        root = "\(disk.folder)/\(folder)"
        self.moment = moment
        ledger = CuttingLedger(disk)
        random = SeededRandom(seed: seed)
    }

    /// - Returns: The most that a camera lost, milliseconds.
    func run() async throws -> Int {
        try FileSystem.makeFolder(root + "/spool")
        let tenant = TenantID()
        tapes = (0..<Self.cameras).map { _ in
            CameraTape(
                SpoolLayout(root: root + "/spool"),
                tenant,
                chunkFragments: [8, 12, 16].randomElement(using: &random) ?? 8
            )
        }
        let index = SpoolIndex(root: root + "/spool")
        _ = try index.recover()
        try record(Int.random(in: 20...50, using: &random), index)
        if moment != .writing, moment != .syncing {
            if Bool.random(using: &random) { await shipper(index).pass() }
            try record(Int.random(in: 10...30, using: &random), index)
        }
        try await cut(index)
        for tape in tapes { tape.stop() }
        try disk.restore()
        return try await recover()
    }

    /// Writes fragments of every camera, and makes them durable once a second.
    private func record(_ fragments: Int, _ index: SpoolIndex) throws {
        let sync = try SpoolSync(root: root + "/spool")
        for number in 1...fragments {
            for tape in tapes {
                try tape.append()
                _ = try index.refresh(tape.identity)
            }
            guard number.isMultiple(of: 2) else { continue }
            try sync.run()
            for tape in tapes { tape.noteDurable() }
        }
        if !fragments.isMultiple(of: 2) {
            try sync.run()
            for tape in tapes { tape.noteDurable() }
        }
    }

    private func cut(_ index: SpoolIndex) async throws {
        switch moment {
        case .writing:
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                for tape in tapes { try tape.append() }
            }
            try disk.cut()
        case .syncing:
            for tape in tapes { try tape.append() }
            for tape in tapes { try tape.append() }
            let folder = root + "/spool"
            try await whileRunning {
                guard let sync = try? SpoolSync(root: folder) else { return }
                try? sync.run()
            }
        case .shipping:
            let shipper = shipper(index)
            try await whileRunning { await shipper.pass() }
        case .registering:
            ledger.cutAfterRows.withLock { $0 = true }
            await shipper(index).pass()
            if !ledger.hasCut { try disk.cut() }
        case .freeing:
            await shipper(index).pass()
            ledger.advance(.seconds(700))
            let shipper = shipper(index)
            try await whileRunning { await shipper.pass() }
        case .dropping:
            try drop(index, through: DroppingStep.allCases.randomElement(using: &random) ?? .mark)
            try disk.cut()
        case .telling:
            try drop(index, through: .delete)
            ledger.cutAfterDrops.withLock { $0 = true }
            await shipper(index).pass()
            if !ledger.hasCut { try disk.cut() }
        }
    }

    /// Cuts at some moment while something runs; if it ends before, then after it.
    private func whileRunning(_ work: @escaping @Sendable () async -> Void) async throws {
        let wait = Duration.microseconds(Int64.random(in: 0...30_000, using: &random))
        async let running: Void = work()
        try await Task.sleep(for: wait)
        try disk.cut()
        await running
    }

    /// Takes the oldest chunks through the steps of dropping, as far as is said.
    private func drop(_ index: SpoolIndex, through last: DroppingStep) throws {
        let old = index.quotaItems().filter { $0.standing == .unshipped }.prefix(3)
        for item in old.map(\.identity) {
            try index.markDropped(item)
            if last.rawValue >= DroppingStep.withdraw.rawValue { index.withdrawDropped(item) }
            if last.rawValue >= DroppingStep.delete.rawValue { try index.deleteDropped(item) }
            if last.rawValue >= DroppingStep.tell.rawValue,
                let drop = index.drops().first(where: { $0.identity == item })
            {
                ledger.commit([drop])
            }
            if last.rawValue >= DroppingStep.forget.rawValue { try index.forgetDropped(item) }
        }
    }

    /// The next start: everything is shipped, and then all that was recorded is accounted for.
    private func recover() async throws -> Int {
        let index = SpoolIndex(root: root + "/spool")
        // Of a chunk that was begun after the last sync there may be names without content, which are
        // set aside; what was durable is looked at below.
        let begun = tapes.map { tape in
            let identity = tape.identity
            let folder = index.layout.folder(identity.camera, identity.stream)
            return "\(folder)/\(identity.epoch)-\(identity.sequence)"
        }
        let unreadable = try index.recover()
        #expect(Set(unreadable).isSubset(of: begun))
        try await expectStored()
        var kept: [CameraID: WallTime] = [:]
        for tape in tapes {
            let settled = ledger.settled(tape.camera).map(\.end)
            let end = (settled + [index.recordedUntil(tape.camera, .main)].compactMap { $0 }).max()
            kept[tape.camera] = end ?? tape.start
        }
        let refusals = Mutex(0)
        let shipper = shipper(index) { event in
            if case .refused = event { refusals.withLock { $0 += 1 } }
        }
        for _ in 0..<20 where !index.closedUnshipped().isEmpty || !index.drops().isEmpty {
            await shipper.pass()
            ledger.advance(.seconds(30))
        }
        #expect(index.closedUnshipped().isEmpty && index.drops().isEmpty)
        #expect(refusals.withLock { $0 } == 0)
        #expect(ledger.contradictions.withLock { $0 } == 0)
        try await expectStored()
        // The next round needs the room.
        defer { try? FileManager.default.removeItem(atPath: root) }
        var most = 0
        for tape in tapes {
            let end = try #require(kept[tape.camera])
            #expect(end >= tape.durableEnd, "what was durable is there")
            let holes = ledger.settled(tape.camera).filter(\.isHole)
                .reduce(0) { $0 + ($1.end - $1.start).seconds }
            most = max(most, Int(((tape.writtenEnd - end).seconds + holes) * 1_000))
            expectCovered(tape, to: end)
        }
        return most
    }

    /// Every registered chunk is in the store, byte for byte.
    private func expectStored() async throws {
        let store = DirectoryStore(root: root + "/store")
        for offer in ledger.rows.withLock({ Array($0.values) }) {
            let key = try #require(ObjectKey(offer.sealed.key))
            #expect(try await store.head(key)?.length == offer.sealed.length)
            let hash = try FileHash.sha256(of: "\(root)/store/\(offer.sealed.key)")
            #expect(hash.hex == offer.sealed.sha256)
        }
    }

    /// Registered chunks and gaps follow one another without overlap and without a hole.
    private func expectCovered(_ tape: CameraTape, to end: WallTime) {
        var until = tape.start
        for span in ledger.settled(tape.camera).sorted(by: { $0.start < $1.start }) {
            #expect(span.start == until, "a hole or twice the same")
            until = span.end
        }
        #expect(until == end)
    }

    private func shipper(
        _ index: SpoolIndex,
        report: @escaping @Sendable (ShipperEvent) -> Void = { _ in }
    ) -> Shipper {
        let ledger = ledger
        return Shipper(
            index: index,
            store: DirectoryStore(root: root + "/store"),
            registrar: ledger,
            retentionDays: { _ in 30 },
            now: { ledger.now },
            random: { 0.5 },
            grace: .seconds(600),
            space: { FileSystemSpace(totalBytes: 1 << 40, freeBytes: 1 << 39) },
            report: report
        )
    }
}
