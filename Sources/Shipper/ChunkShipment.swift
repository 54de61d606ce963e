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
        let (offer, staged) = try await seal(identity)
        try await put(offer, staged)
        return offer.sealed
    }

    /// Step 1. A chunk that was sealed before keeps that seal. Every fragment is checked against
    /// its journal on the way; one that a power cut left damaged ends the chunk before it. Where the
    /// store is a folder it gets its copy by the same reading; nil if it must make one itself.
    private func seal(
        _ identity: ChunkIdentity
    ) async throws(ShippingFailure) -> (ChunkOffer, staged: String?) {
        if let offer = index.offer(identity) { return (offer, nil) }
        let index = self.index
        // A store that cannot take it now says so in step 2: sealing does not depend on it.
        let path = try? await (store as? any StagingStore)?.stage()
        do {
            return try await FileThread.run {
                if let path {
                    do { return (try Self.sealNow(identity, index, copy: path), path) } catch {
                        try? FileSystem.remove(path)
                    }
                }
                do {
                    return (try Self.sealNow(identity, index), nil)
                } catch let error as FileError where error.code == .damaged {
                    try index.repair(identity)
                    return (try Self.sealNow(identity, index), nil)
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
        _ index: SpoolIndex,
        copy: String? = nil
    ) throws -> ChunkOffer {
        var hash = FileHasher()
        let chunk = try index.readVerified(identity, copy: copy) { hash.update($0) }
        let sealed = SealedChunk(chunk: chunk, sha256: hash.finish(), length: hash.length)
        try index.markSealed(sealed)
        guard let offer = index.offer(identity) else {
            throw FileError(.notFound, "the chunk left the spool while it was sealed")
        }
        return offer
    }

    /// Step 2.
    private func put(
        _ offer: ChunkOffer,
        _ staged: String?
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
                    staged: staged,
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
