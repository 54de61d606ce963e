import Domain

/// A chunk that is given up: its pictures are a gap of which the coordinator is still to be told.
struct DroppedChunk: Sendable {
    /// With its segments.
    var chunk: Chunk
    /// As its journal says.
    var precedingGap: Gap?
    /// Bytes of its media file.
    var length: Int

    init(chunk: Chunk, precedingGap: Gap?, length: Int) {
        self.chunk = chunk
        self.precedingGap = precedingGap
        self.length = length
    }

    /// Nil for a journal without header.
    init?(_ journal: ChunkJournal) {
        guard let header = journal.header else { return nil }
        chunk = header.chunk(journal.segments)
        precedingGap = header.precedingGap
        length = journal.dataLength
    }
}
