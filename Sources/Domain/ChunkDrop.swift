/// A closed chunk that its worker gave up before it was registered, because the disk of the spool
/// had no room for it any more. Its pictures will never play.
package struct ChunkDrop: Hashable, Sendable, Codable {
    package var identity: ChunkIdentity
    /// Wall time of its first picture.
    package var start: WallTime
    /// Wall time after its last picture.
    package var end: WallTime
    /// Bytes of the media file that was deleted.
    package var length: Int
    /// Holes beside the chunk that nobody else may tell of: the one before it, and the one between
    /// it and the chunk behind it.
    package var besideGaps: [Gap]

    package init(
        identity: ChunkIdentity,
        start: WallTime,
        end: WallTime,
        length: Int,
        besideGaps: [Gap]
    ) {
        self.identity = identity
        self.start = start
        self.end = end
        self.length = length
        self.besideGaps = besideGaps
    }

    /// What is missing because of it.
    package var gap: Gap {
        Gap(start: start, end: end, reason: .diskFull)
    }
}

/// The coordinator's answer to one drop.
package enum DropVerdict: String, Sendable, Codable, Hashable, CaseIterable {
    /// The gap is committed, now or by an earlier try.
    case recorded
    /// The chunk was registered by an offer whose answer was lost: it plays, and there is no gap.
    case registered
    /// The epoch was never granted to this worker, or the camera is unknown: nothing can be told of
    /// it, and trying again changes nothing.
    case refused
}

/// `POST /internal/v1/workers/{id}/drops`: chunks that a worker gave up.
package struct ChunkDrops: Sendable, Codable {
    /// Drops in one request; more wait for the next.
    package static let countLimit = 64
    package var drops: [ChunkDrop]

    package init(drops: [ChunkDrop]) {
        self.drops = drops
    }
}

/// One verdict per drop, in the order of the drops.
package struct DropVerdicts: Sendable, Codable {
    package var verdicts: [DropVerdict]

    package init(verdicts: [DropVerdict]) {
        self.verdicts = verdicts
    }
}
