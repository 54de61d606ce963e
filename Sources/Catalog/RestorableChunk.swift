package import Domain

/// A chunk as its object tells it, to be made a row again.
package struct RestorableChunk: Hashable, Sendable {
    package var offer: ChunkOffer
    /// Days that it was kept when it was stored.
    package var retentionDays: Int
    /// When the store got the object: what its registration is taken for. Nil: now.
    package var storedAt: WallTime?

    package init(offer: ChunkOffer, retentionDays: Int, storedAt: WallTime?) {
        self.offer = offer
        self.retentionDays = retentionDays
        self.storedAt = storedAt
    }
}
