package import Domain
package import Files
import Synchronization

/// Giving up chunks that are not registered, in the steps of `DroppingStep`; steps 1 to 3 and 5.
extension SpoolIndex {
    /// Every chunk as the quota sees it. A stream's newest is kept, because its name shows which
    /// were in use, and so is a chunk whose freeing was begun: it was registered.
    package func quotaItems() -> [SpoolQuota.Item] {
        streams.withLock { streams in
            streams.values.flatMap { stream -> [SpoolQuota.Item] in
                let newest = stream.newest
                return stream.chunks.map { identity, entry in
                    let standing: SpoolQuota.Standing =
                        if identity == newest, entry.registeredAt != nil {
                            .keptCopy
                        } else if identity == newest || !entry.isClosed || !entry.hasJournal {
                            .kept
                        } else if entry.registeredAt != nil {
                            .shipped
                        } else {
                            entry.chunk.segments.isEmpty ? .kept : .unshipped
                        }
                    return SpoolQuota.Item(
                        identity: identity,
                        start: entry.chunk.start,
                        length: entry.length,
                        standing: standing
                    )
                }
            }
        }
    }

    /// Step 1 of dropping: the chunk's journal, made durable first because it alone says what is
    /// gone, gets the name that says so, which cannot be half done.
    ///
    /// - Throws: `notFound` if the chunk is not closed, registered, its stream's newest or not in
    ///   the spool; `ioFailure` if journal or name is not durable: the name is then taken back.
    package func markDropped(_ identity: ChunkIdentity) throws(FileError) {
        let canGo = streams.withLock { streams in
            guard let stream = streams[Key(identity)], let entry = stream.chunks[identity] else {
                return false
            }
            return stream.newest != identity && entry.isClosed && entry.hasJournal
                && entry.registeredAt == nil && !entry.chunk.segments.isEmpty
        }
        guard canGo else {
            throw FileError(.notFound, "\(layout.data(identity)) is not a chunk to be given up")
        }
        let (journal, dropped) = (layout.journal(identity), layout.dropped(identity))
        try makeJournalDurable(identity)
        try FileSystem.rename(journal, to: dropped)
        do {
            try FileSystem.syncFolder(of: dropped)
        } catch {
            // A second sync could succeed without the name being on the disk: the next try renames
            // it anew.
            try FileSystem.rename(dropped, to: journal)
            throw error
        }
    }

    /// Step 2 of dropping: no list and no playlist has the chunk any more, but a gap in its place.
    package func withdrawDropped(_ identity: ChunkIdentity) {
        streams.withLock { streams in
            guard let entry = streams[Key(identity)]?.chunks.removeValue(forKey: identity) else {
                return
            }
            streams[Key(identity)]?.dropped[identity] = DroppedChunk(
                chunk: entry.chunk,
                precedingGap: entry.precedingGap,
                length: entry.length
            )
        }
    }

    /// Step 3 of dropping: the media file goes, and the seal. Doing it again changes nothing.
    package func deleteDropped(_ identity: ChunkIdentity) throws(FileError) {
        try FileSystem.remove(layout.data(identity))
        try FileSystem.remove(layout.seal(identity))
        // Before the mark goes: a file that came back without it would be nobody's.
        try FileSystem.syncFolder(of: layout.data(identity))
    }

    /// Chunks of which the coordinator is still to be told, oldest first.
    package func drops() -> [ChunkDrop] {
        streams.withLock { streams in
            streams.values.flatMap { stream in
                stream.dropped.map { identity, dropped in stream.drop(identity, dropped) }
            }
        }.sorted {
            ($0.start, $0.identity.epoch, $0.identity.sequence)
                < ($1.start, $1.identity.epoch, $1.identity.sequence)
        }
    }

    /// Step 5 of dropping: the coordinator has committed the gap, so the mark goes.
    package func forgetDropped(_ identity: ChunkIdentity) throws(FileError) {
        try FileSystem.remove(layout.dropped(identity))
        _ = streams.withLock { $0[Key(identity)]?.dropped.removeValue(forKey: identity) }
    }

    /// Steps 2 and 3 after a start that found the mark of step 1.
    ///
    /// - Returns: Whether anything could be made of the mark; if not, all files stay.
    func recoverDropped(_ key: Key, epoch: Int64, sequence: Int64) throws(FileError) -> Bool {
        let path = "\(layout.folder(key.camera, key.stream))/\(epoch)-\(sequence).dropped"
        let bytes = try FileSystem.content(of: path, limit: ChunkRecovery.journalLimit)
        let journal = ChunkJournal(bytes ?? [])
        guard let dropped = DroppedChunk(journal), Key(dropped.chunk.identity) == key,
            dropped.chunk.identity.epoch == epoch, dropped.chunk.identity.sequence == sequence
        else { return false }
        let identity = dropped.chunk.identity
        streams.withLock { $0[key, default: Stream()].dropped[identity] = dropped }
        try deleteDropped(identity)
        return true
    }

    /// Wall time of the oldest picture of a stream that is not registered; nil if all are.
    package func oldestUnshipped(_ camera: CameraID, _ stream: StreamRole) -> WallTime? {
        streams.withLock { $0[Key(camera, stream)]?.oldestUnshipped }
    }

    /// The same of all streams.
    package var oldestUnshipped: WallTime? {
        streams.withLock { $0.values.compactMap(\.oldestUnshipped).min() }
    }
}

extension SpoolIndex.Stream {
    fileprivate var oldestUnshipped: WallTime? {
        chunks.values.filter { $0.registeredAt == nil && $0.recordedUntil != nil }
            .map(\.chunk.start).min()
    }

    /// With the holes beside it, as far as they are known: told once more they change nothing.
    fileprivate func drop(_ identity: ChunkIdentity, _ chunk: DroppedChunk) -> ChunkDrop {
        var next = identity
        next.sequence += 1
        let before = precedingGap(identity, chunk.chunk, told: chunk.precedingGap)
        // Also if that is given up too: this one may be told of and forgotten before it.
        let after =
            chunks[next].flatMap { precedingGap(next, $0) }
            ?? dropped[next].flatMap { precedingGap(next, $0.chunk, told: $0.precedingGap) }
        return ChunkDrop(
            identity: identity,
            start: chunk.chunk.start,
            end: chunk.chunk.end,
            length: chunk.length,
            besideGaps: [before, after].compactMap { $0 }
        )
    }
}
