import Domain
import Shipper
import Synchronization
import TestSupport

/// The coordinator's rows on a machine that keeps its power. Told so, it cuts the worker's as soon as
/// something is committed: the answer is lost.
final class CuttingLedger: ChunkRegistering {
    struct NoAnswer: Error {}

    let rows = Mutex<[ChunkIdentity: ChunkOffer]>([:])
    let drops = Mutex<[ChunkIdentity: ChunkDrop]>([:])
    /// Offers and drops that do not agree with what is committed.
    let contradictions = Mutex(0)
    let cutAfterRows = Mutex(false)
    let cutAfterDrops = Mutex(false)
    private let isCut = Mutex(false)
    private let clock = Mutex(MonotonicTime(nanoseconds: 0))
    private let disk: PowerCutDisk

    init(_ disk: PowerCutDisk) {
        self.disk = disk
    }

    var hasCut: Bool { isCut.withLock { $0 } }

    /// The worker's clock, moved by hand.
    var now: MonotonicTime { clock.withLock { $0 } }

    func advance(_ span: Duration) {
        clock.withLock { $0 = $0 + span }
    }

    /// A span of a camera that is settled.
    struct Span: Hashable {
        var start: WallTime
        var end: WallTime
        /// Pictures were there and were cut off: neither registered nor given up.
        var isHole: Bool
    }

    /// Spans of a camera that are registered, or a gap.
    func settled(_ camera: CameraID) -> Set<Span> {
        let chunks = rows.withLock { Array($0.values) }.filter {
            $0.sealed.chunk.identity.camera == camera
        }
        let gone = drops.withLock { Array($0.values) }.filter { $0.identity.camera == camera }
        let holes = chunks.compactMap(\.precedingGap) + gone.flatMap(\.besideGaps)
        return Set(
            chunks.map {
                Span(start: $0.sealed.chunk.start, end: $0.sealed.chunk.end, isHole: false)
            } + gone.map { Span(start: $0.start, end: $0.end, isHole: false) }
                + holes.map { Span(start: $0.start, end: $0.end, isHole: true) }
        )
    }

    func commit(_ new: [ChunkDrop]) {
        let registered = rows.withLock { Set($0.keys) }
        drops.withLock { drops in
            for drop in new where !registered.contains(drop.identity) {
                if let known = drops[drop.identity], known.gap != drop.gap {
                    contradictions.withLock { $0 += 1 }
                }
                drops[drop.identity] = drops[drop.identity] ?? drop
            }
        }
    }

    func register(_ offers: [ChunkOffer]) async throws -> [ChunkVerdict] {
        let gone = drops.withLock { Set($0.keys) }
        rows.withLock { rows in
            for offer in offers {
                let identity = offer.sealed.chunk.identity
                let isWrong =
                    gone.contains(identity)
                    || rows[identity].map { $0.sealed != offer.sealed } == true
                if isWrong { contradictions.withLock { $0 += 1 } }
                rows[identity] = rows[identity] ?? offer
            }
        }
        try cutIfTold(cutAfterRows)
        return offers.map { _ in .registered }
    }

    func report(_ new: [ChunkDrop]) async throws -> [DropVerdict] {
        let registered = rows.withLock { Set($0.keys) }
        commit(new)
        try cutIfTold(cutAfterDrops)
        return new.map { registered.contains($0.identity) ? .registered : .recorded }
    }

    private func cutIfTold(_ order: borrowing Mutex<Bool>) throws {
        let isTold = order.withLock { told in
            defer { told = false }
            return told
        }
        guard isTold else { return }
        try disk.cut()
        isCut.withLock { $0 = true }
        throw NoAnswer()
    }
}
