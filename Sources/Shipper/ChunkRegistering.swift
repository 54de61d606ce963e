package import Domain

/// Offers stored chunks to whoever keeps the catalogue.
package protocol ChunkRegistering: Sendable {
    /// Registers chunks; a chunk that is registered already is `registered` again.
    ///
    /// - Parameter offers: At most `ChunkOffers.countLimit`.
    /// - Returns: One verdict per offer, in their order.
    /// - Throws: `OfferRejection` when none was registered because of what was offered; anything
    ///   else when it is not known what became of the offers: all are offered again later.
    func register(_ offers: [ChunkOffer]) async throws -> [ChunkVerdict]

    /// Tells of chunks that were given up; a drop that is known already is `recorded` again.
    ///
    /// - Parameter drops: At most `ChunkDrops.countLimit`.
    /// - Returns: One verdict per drop, in their order.
    /// - Throws: As `register(_:)`.
    func report(_ drops: [ChunkDrop]) async throws -> [DropVerdict]
}
