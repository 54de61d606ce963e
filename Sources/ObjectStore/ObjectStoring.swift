package import Domain

/// A store of immutable objects, with the semantics of S3: created once, never overwritten.
package protocol ObjectStoring: Sendable {
    /// Stores a file's bytes under a key, as `If-None-Match: *` does.
    ///
    /// A key that is in use by the same bytes is success (an earlier try arrived); by other bytes it
    /// throws `conflict`. Bytes that are not those of the hash throw `wrongHash` and store nothing.
    func put(_ object: NewObject) async throws -> PutOutcome

    /// Size and metadata; nil if there is no such object.
    func head(_ key: ObjectKey) async throws -> StoredObject?

    /// Bytes of an object. Throws `notFound`, or `invalidRange` for bytes outside of it.
    func read(_ key: ObjectKey, range: Range<Int>) async throws -> [UInt8]

    /// Keys that begin with a prefix, in the order of their UTF-8 bytes.
    ///
    /// - Parameters:
    ///   - prefix: Any text; empty for all.
    ///   - after: The last key of the page before.
    ///   - limit: Most keys in the answer; fewer mean that there are no more.
    /// - Returns: Keys of whole objects.
    /// - Throws: `unavailable`.
    func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [ObjectKey]

    /// Removes an object; a missing one is fine.
    func delete(_ key: ObjectKey) async throws

    /// Removes many objects at once; missing ones are fine.
    ///
    /// - Parameter keys: Any number; a store takes them in batches of what it allows.
    /// - Returns: The keys that are not deleted, each with its reason; all others are gone.
    /// - Throws: Only `CancellationError`: what fails for all keys is returned for each of them.
    func delete(_ keys: [ObjectKey]) async throws -> [DeleteFailure]
}

/// A store whose objects' tags can be read and changed, as when their retention changes.
package protocol TaggedObjectStoring: ObjectStoring {
    /// Tag names and values. Throws `notFound`.
    func tags(_ key: ObjectKey) async throws -> [String: String]

    /// Replaces all tags of an object. Throws `notFound`.
    func replaceTags(_ key: ObjectKey, with tags: ObjectTags) async throws
}

/// A store of this machine, which whoever reads a file to hash it can fill by the way.
package protocol StagingStore: ObjectStoring {
    /// Makes the folder for it and gives an unused path. Throws `unavailable`, `noSpace`.
    func stage() async throws -> String
}

/// What to store.
package struct NewObject: Sendable {
    package var key: ObjectKey
    /// Path of the file with the bytes.
    package var path: String
    package var length: Int
    /// 64 lower-case hex digits.
    package var sha256: String
    /// A durable copy of the file, made where `StagingStore.stage` says while the hash was computed:
    /// the store takes it instead of copying and hashing once more. It is gone after the put.
    package var staged: String?
    package var contentType = "video/mp4"
    /// Nil: none, for what no rule of retention is about.
    package var tags: ObjectTags?
    /// `x-amz-meta-*` names without the prefix, and values.
    package var metadata: [String: String]

    package init(
        key: ObjectKey,
        path: String,
        length: Int,
        sha256: String,
        staged: String? = nil,
        tags: ObjectTags?,
        metadata: [String: String]
    ) {
        self.key = key
        self.path = path
        self.length = length
        self.sha256 = sha256
        self.staged = staged
        self.tags = tags
        self.metadata = metadata
    }
}

/// How a put ended well.
package enum PutOutcome: Sendable, Hashable {
    case created
    /// The same bytes were there already.
    case alreadyThere
}

/// What the store knows of an object.
package struct StoredObject: Sendable, Codable, Hashable {
    package var length: Int
    /// 64 lower-case hex digits; empty for an object that another program wrote without it.
    package var sha256: String
    package var metadata: [String: String]
    /// When the store got it, whole seconds; nil if the store does not say.
    package var storedAt: WallTime?

    package init(
        length: Int,
        sha256: String,
        metadata: [String: String],
        storedAt: WallTime? = nil
    ) {
        self.length = length
        self.sha256 = sha256
        self.metadata = metadata
        self.storedAt = storedAt
    }
}
