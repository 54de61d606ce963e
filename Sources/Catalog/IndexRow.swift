package import Domain

/// What a row says of its object.
package struct IndexRow: Hashable, Sendable {
    package var identity: ChunkIdentity
    package var start: WallTime
    package var key: String
    /// Bytes.
    package var length: Int
    /// 64 lower-case hex digits.
    package var sha256: String
    /// Its object is being deleted.
    package var hasTombstone: Bool
}

/// What the catalogue knows of a bucket.
package struct IndexKnowledge: Hashable, Sendable {
    /// The organisations, of those asked for, that it has.
    package var known: Set<TenantID>
    /// Whether it has a row of footage of anybody.
    package var hasFootage: Bool
}
