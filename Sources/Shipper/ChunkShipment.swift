import Domain
import Files
import ObjectStore
import Spool

/// Steps 1 and 2 of one chunk: from the spool into the store.
struct ChunkShipment: Sendable {
    let index: SpoolIndex
    let store: any ObjectStoring
    let retentionDays: @Sendable (CameraID) -> Int

    /// The chunk as the store has it now.
    func store(_ identity: ChunkIdentity) async throws(ShippingFailure) -> SealedChunk {
        let (offer, crc32c) = try await seal(identity)
        try await put(offer, crc32c)
        return offer.sealed
    }

    /// Step 1. A chunk that was sealed before keeps that seal. Every fragment is checked against
    /// its journal on the way; one that a power cut left damaged ends the chunk before it. The
    /// checksum is that of the bytes that were hashed; an earlier seal has none.
    private func seal(
        _ identity: ChunkIdentity
    ) async throws(ShippingFailure) -> (ChunkOffer, crc32c: UInt32?) {
        if let offer = index.offer(identity) { return (offer, nil) }
        let index = self.index
        do {
            return try await FileThread.run {
                do {
                    return try Self.sealNow(identity, index)
                } catch let error as FileError where error.code == .damaged {
                    try index.repair(identity)
                    return try Self.sealNow(identity, index)
                }
            }
        } catch {
            // Bytes that are wrong after a repair stay wrong. All else may pass: a disk that failed
            // once, a folder that was not to be read for a moment.
            let isForGood = (error as? FileError)?.code == .damaged
            throw ShippingFailure(
                step: .seal,
                scope: isForGood ? .forGood : .chunk,
                reason: "\(error)"
            )
        }
    }

    private static func sealNow(
        _ identity: ChunkIdentity,
        _ index: SpoolIndex
    ) throws -> (ChunkOffer, crc32c: UInt32?) {
        var hash = FileHasher()
        let chunk = try index.readVerified(identity) { hash.update($0) }
        let sealed = SealedChunk(chunk: chunk, sha256: hash.finish(), length: hash.length)
        try index.markSealed(sealed)
        guard let offer = index.offer(identity) else {
            throw FileError(.notFound, "the chunk left the spool while it was sealed")
        }
        return (offer, hash.crc32c)
    }

    /// Step 2.
    private func put(
        _ offer: ChunkOffer,
        _ crc32c: UInt32?
    ) async throws(ShippingFailure) {
        let sealed = offer.sealed
        let identity = sealed.chunk.identity
        do {
            guard let key = ObjectKey(sealed.key) else {
                throw ObjectStoreError(.invalidKey, "no key can be made for the chunk")
            }
            let tags = ObjectTags(
                tenant: identity.tenant,
                camera: identity.camera,
                retentionDays: retentionDays(identity.camera),
                retentionClass: .continuous
            )
            _ = try await store.put(
                NewObject(
                    key: key,
                    path: index.layout.data(identity),
                    length: sealed.length,
                    sha256: sealed.sha256,
                    crc32c: crc32c,
                    tags: tags,
                    metadata: ChunkMetadata.values(of: offer, tags: tags)
                )
            )
        } catch let error as ObjectStoreError where !error.isRetryable {
            throw ShippingFailure(step: .put, scope: .forGood, reason: "\(error)")
        } catch {
            throw ShippingFailure(step: .put, scope: .store, reason: "\(error)")
        }
    }
}
