package import Domain

/// Whether a run of retention may begin.
package enum RetentionStart: Hashable, Sendable {
    /// It has begun, at this moment of the database's clock; what is older than its retention then
    /// is deleted.
    case begun(at: WallTime)
    /// Another run works until then at least.
    case busy(until: WallTime)
    /// The last run succeeded so short a time ago that none is due.
    case notDue
    /// The database's clock jumped: nothing is deleted before this moment.
    case distrusted(until: WallTime)
}

/// A chunk that nobody sees any more and whose object is to be deleted.
package struct Tombstone: Hashable, Sendable {
    package var identity: ChunkIdentity
    package var start: WallTime
    package var key: String
    package var bytes: Int
}

/// How much of something was changed.
package struct RetentionCount: Hashable, Sendable {
    package var chunks: Int
    package var bytes: Int

    package init(chunks: Int = 0, bytes: Int = 0) {
        self.chunks = chunks
        self.bytes = bytes
    }
}
