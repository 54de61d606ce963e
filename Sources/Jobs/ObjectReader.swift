import Catalog
import Domain
import ObjectStore

/// What an object tells of its row.
enum ObjectReading: Sendable {
    case chunk(RestorableChunk)
    /// Another program's key.
    case otherProgram
    case finding(IndexFinding.Kind, String)
}

/// Reads one object's metadata and, of an older one, what is not in them.
struct ObjectReader: Sendable {
    let store: any TaggedObjectStoring
    /// Called before an object itself is read.
    let beforeRead: @Sendable () async throws -> Void

    /// - Throws: What another try would change: the store does not answer.
    func read(_ key: ObjectKey) async throws -> ObjectReading {
        guard ChunkKey(key.description) != nil else { return .otherProgram }
        do {
            return try await readChunk(key)
        } catch let error as ObjectStoreError where !error.isRetryable {
            let isUnreadable = error.code == .unreadable
            return .finding(isUnreadable ? .unreadable : .unreadableMetadata, error.message)
        }
    }

    private func readChunk(_ key: ObjectKey) async throws -> ObjectReading {
        guard let object = try await store.head(key) else {
            return .finding(.withoutObject, "it was listed and is gone")
        }
        guard var description = ChunkMetadata.description(object.metadata) else {
            return .finding(.unreadableMetadata, "missing, damaged or of a newer version")
        }
        let sealed = description.offer.sealed
        guard sealed.key == key.description else {
            return .finding(.misplaced, "its metadata is that of \(sealed.key)")
        }
        guard object.length == sealed.length else {
            return .finding(.wrongLength, "\(object.length) bytes of \(sealed.length)")
        }
        guard object.sha256.isEmpty || object.sha256 == sealed.sha256 else {
            return .finding(.wrongHash, "the store has \(object.sha256)")
        }
        if !description.hasSegments {
            try await beforeRead()
            guard let segments = try await FragmentScan(store: store).segments(of: sealed, key)
            else { return .finding(.unreadableSegments, "its fragments cannot be read") }
            description.offer.sealed.chunk.segments = segments
        }
        var days = description.retentionDays
        if days == nil { days = try await taggedDays(key) }
        guard let days else {
            return .finding(.unreadableMetadata, "neither metadata nor tags say its retention")
        }
        return .chunk(
            RestorableChunk(
                offer: description.offer,
                retentionDays: days,
                storedAt: object.storedAt
            )
        )
    }

    /// The days of the tag `sparc:retention`, such as `30d`.
    private func taggedDays(_ key: ObjectKey) async throws -> Int? {
        try await beforeRead()
        let tags = try await store.tags(key)
        guard let text = tags["sparc:retention"], text.hasSuffix("d") else { return nil }
        return Int(text.dropLast())
    }
}
