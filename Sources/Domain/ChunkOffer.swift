/// A stored chunk that a worker asks the coordinator to register, with the gap before it.
package struct ChunkOffer: Hashable, Sendable, Codable {
    package var sealed: SealedChunk
    /// The span between the run before and this one; only on the first chunk of a run.
    package var precedingGap: Gap?

    package init(sealed: SealedChunk, precedingGap: Gap?) {
        self.sealed = sealed
        self.precedingGap = precedingGap
    }
}

/// The coordinator's answer to one offer.
package enum ChunkVerdict: String, Sendable, Codable, Hashable {
    /// The row is committed, now or by an earlier try: the spool may free the chunk.
    case registered
    /// The epoch was never granted to this worker, or the camera is unknown: an alarm, not a retry.
    case refused
}
