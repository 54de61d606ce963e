import Domain

/// What the index keeps of one chunk.
struct SpoolEntry: Sendable {
    /// With the closed segments.
    private(set) var chunk: Chunk
    private(set) var precedingGap: Gap?
    private(set) var isClosed: Bool
    /// Bytes of whole fragments in the data file, with the open segment.
    private(set) var length: Int
    /// End of the newest picture, of the open segment too; nil without any.
    private(set) var recordedUntil: WallTime?
    /// Of an open chunk; a closed one's is read again when it is needed.
    private(set) var journal: ChunkJournal?
    /// Segments that `refresh` has handed out.
    var reported = 0
    var sealed: SealedChunk?
    var registeredAt: MonotonicTime?
    /// Whether its journal is still there: freeing removes it first.
    let hasJournal: Bool

    /// Nil for a journal without header.
    init?(_ journal: ChunkJournal) {
        guard let header = journal.header else { return nil }
        chunk = header.chunk(journal.segments)
        precedingGap = header.precedingGap
        hasJournal = true
        isClosed = journal.end != nil
        length = journal.dataLength
        recordedUntil = journal.fragments.last.map {
            chunk.wallTime(of: $0.start + $0.duration)
        }
        self.journal = journal.end == nil ? journal : nil
    }

    /// A chunk whose journal is gone already: freeing it was begun and not finished.
    init(_ sealed: SealedChunk) {
        chunk = sealed.chunk
        isClosed = true
        length = sealed.length
        recordedUntil = sealed.chunk.end
        self.sealed = sealed
        hasJournal = false
    }

    /// This entry with a newer state of its journal.
    func updated(_ journal: ChunkJournal) -> SpoolEntry {
        guard var entry = SpoolEntry(journal) else { return self }
        entry.reported = min(reported, entry.chunk.segments.count)
        entry.sealed = sealed
        entry.registeredAt = registeredAt
        return entry
    }
}
