package import Domain

/// A registered chunk and the key under which the store has it.
package struct CatalogedChunk: Hashable, Sendable {
    /// Most chunks of one answer: a day of one-minute chunks is 1,440.
    package static let limit = 4_096
    /// Longest chunk, microseconds: how far before a range its first chunk may begin.
    package static let spanLimit: Int64 = 3_600_000_000

    package var sealed: SealedChunk
    package var key: String
    /// Days that it is kept, as they were when it was registered.
    package var retentionDays: Int
}

/// Start and end of what is recorded without a break, or of everything recorded.
package struct RecordedSpan: Hashable, Sendable {
    package var start: WallTime
    package var end: WallTime

    package init(start: WallTime, end: WallTime) {
        self.start = start
        self.end = end
    }
}
