import Domain
import Synchronization

/// Reading and changing the index's memory.
extension SpoolIndex {
    func entry(_ identity: ChunkIdentity) -> SpoolEntry? {
        streams.withLock { $0[Key(identity)]?.chunks[identity] }
    }

    /// Remembers that a name was in use.
    func note(_ key: Key, _ epoch: Int64, _ sequence: Int64) {
        streams.withLock { streams in
            let known = streams[key, default: Stream()].sequences[epoch] ?? 0
            streams[key, default: Stream()].sequences[epoch] = max(known, sequence)
        }
    }

    /// Takes a newer state of a journal, unless another caller took one meanwhile.
    ///
    /// - Parameters:
    ///   - identity: The chunk.
    ///   - journal: With a header.
    ///   - before: `validLength` of the journal that this one was made from; nil to replace any.
    func keep(_ identity: ChunkIdentity, _ journal: ChunkJournal, after before: Int?) {
        streams.withLock { streams in
            let known = streams[Key(identity)]?.chunks[identity]
            if let known, let before, known.journal?.validLength != before { return }
            guard let entry = known?.updated(journal) ?? SpoolEntry(journal) else { return }
            streams[Key(identity), default: Stream()].put(identity, entry)
        }
    }

    func keep(_ identity: ChunkIdentity, _ entry: SpoolEntry) {
        streams.withLock { $0[Key(identity), default: Stream()].put(identity, entry) }
    }

    func update(_ identity: ChunkIdentity, _ change: (inout SpoolEntry) -> Void) {
        streams.withLock { streams in
            guard var entry = streams[Key(identity)]?.chunks[identity] else { return }
            change(&entry)
            streams[Key(identity)]?.chunks[identity] = entry
        }
    }

    /// Chunks by their time. What is not wanted is left out first: most of a spool has been shipped
    /// and waits to be freed.
    func sorted(
        _ isWanted: (Key) -> Bool,
        where isChunkWanted: (SpoolEntry) -> Bool = { _ in true }
    ) -> [SpooledChunk] {
        streams.withLock { streams in
            var found: [SpooledChunk] = []
            for (key, stream) in streams where isWanted(key) {
                for (identity, entry) in stream.chunks where isChunkWanted(entry) {
                    let gap = stream.precedingGap(identity, entry)
                    found.append(spooled(identity, entry, gap: gap))
                }
            }
            return found
        }.sorted { left, right in
            let (a, b) = (left.chunk, right.chunk)
            return (a.start, a.identity.epoch, a.identity.sequence)
                < (b.start, b.identity.epoch, b.identity.sequence)
        }
    }

    func spooled(_ identity: ChunkIdentity, _ entry: SpoolEntry) -> SpooledChunk {
        let gap = streams.withLock { $0[Key(identity)]?.precedingGap(identity, entry) }
        return spooled(identity, entry, gap: gap)
    }

    private func spooled(
        _ identity: ChunkIdentity,
        _ entry: SpoolEntry,
        gap: Gap?
    ) -> SpooledChunk {
        SpooledChunk(
            chunk: entry.chunk,
            precedingGap: gap,
            isClosed: entry.isClosed,
            path: layout.data(identity),
            sealed: entry.sealed,
            isRegistered: entry.registeredAt != nil
        )
    }
}

extension SpoolIndex.Stream {
    /// The shortest hole inside a run that is reported; shorter ones are rounding.
    private static let holeLimit = MediaTime(milliseconds: 100)

    mutating func put(_ identity: ChunkIdentity, _ entry: SpoolEntry) {
        chunks[identity] = entry
        if let end = entry.recordedUntil {
            recordedUntil = recordedUntil.map { max($0, end) } ?? end
        }
    }

    /// The hole before a chunk of the spool.
    func precedingGap(_ identity: ChunkIdentity, _ entry: SpoolEntry) -> Gap? {
        precedingGap(identity, entry.chunk, told: entry.precedingGap)
    }

    /// The hole before a chunk: as its journal says, or left by cutting the chunk before it to its
    /// valid prefix. The one before it may be given up: its own pictures are not in the hole.
    ///
    /// - Parameter told: What the chunk's journal says.
    func precedingGap(_ identity: ChunkIdentity, _ chunk: Chunk, told: Gap?) -> Gap? {
        var previous = identity
        previous.sequence -= 1
        let closed = chunks[previous].flatMap { $0.isClosed ? $0.chunk : nil }
        guard let before = closed ?? dropped[previous]?.chunk else { return told }
        if var gap = told {
            // What was cut from the chunk before is missing too.
            if gap.start - before.end > Self.holeLimit { gap.start = before.end }
            return gap
        }
        guard before.run == chunk.run, chunk.start - before.end > Self.holeLimit else {
            return nil
        }
        return Gap(start: before.end, end: chunk.start, reason: .recorderCrash)
    }
}
