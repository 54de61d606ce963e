package import Domain
package import Files
import FoundationEssentials
import Synchronization

/// What the shipper needs: which chunks are to go, their bytes, and the marks of its steps.
extension SpoolIndex {
    /// Chunks that are closed and not registered, oldest first; none without segments.
    package func closedUnshipped() -> [SpooledChunk] {
        sorted { _ in
            true
        } where: {
            $0.isClosed && $0.registeredAt == nil && !$0.chunk.segments.isEmpty
        }
    }

    /// The offer of a sealed chunk; nil if it is not sealed or not in the spool.
    package func offer(_ identity: ChunkIdentity) -> ChunkOffer? {
        chunk(identity).flatMap { spooled in
            spooled.sealed.map {
                ChunkOffer(sealed: $0, precedingGap: spooled.precedingGap)
            }
        }
    }

    /// Reads a closed chunk's data file from the first byte to the last, compared with the journal's
    /// CRCs on the way.
    ///
    /// - Parameters:
    ///   - identity: A closed chunk.
    ///   - copy: Path of a new file that gets the bytes, durable when this returns; nil for none.
    ///   - body: Gets the bytes in order.
    /// - Returns: The chunk with its segments.
    /// - Throws: `damaged` if any byte is wrong or missing: `repair` then helps. What there is of the
    ///   copy is then left.
    package func readVerified(
        _ identity: ChunkIdentity,
        copy: String? = nil,
        _ body: (FileBlock) -> Void
    ) throws(FileError) -> Chunk {
        let journal = ChunkJournal(try journalBytes(identity))
        let data = layout.data(identity)
        let damage = FileError(.damaged, "\(data) is not what its journal lists")
        guard let header = journal.header, journal.end != nil,
            try FileSystem.length(of: data) == journal.dataLength
        else { throw damage }
        var check = FragmentCheck(header, journal.fragments)
        try FileCopy.run(from: data, to: copy) { block throws(FileError) in
            block.withSpan { check.update($0) }
            body(block)
        }
        guard check.isWhole else { throw damage }
        return header.chunk(journal.segments)
    }

    /// Brings an unsealed chunk that nobody writes any more to its longest valid prefix, with an end.
    package func repair(_ identity: ChunkIdentity) throws(FileError) {
        let data = layout.data(identity)
        let journal = try suspecting(data) { () throws(FileError) in
            try ChunkRecovery.recover(dataPath: data, journalPath: layout.journal(identity))
        }
        if let journal {
            keep(identity, journal, after: nil)
        } else {
            forget(identity)
        }
    }

    /// Step 1 of shipping: what was sealed is never changed again.
    ///
    /// - Throws: `ioFailure` if data or journal cannot be made durable. A later sync that succeeds
    ///   would prove nothing: the next try writes both files anew first.
    package func markSealed(_ sealed: SealedChunk) throws(FileError) {
        let identity = sealed.chunk.identity
        let bytes: [UInt8]
        do { bytes = [UInt8](try JSONEncoder().encode(sealed)) } catch {
            throw FileError(.damaged, "a seal cannot be written as JSON")
        }
        if isSuspect(identity) { try rewrite(identity) }
        // Data and journal themselves, before the promise about them.
        try sync(identity, [layout.data(identity), layout.journal(identity)])
        try FileSystem.replace(layout.seal(identity), with: bytes)
        update(identity) { $0.sealed = sealed }
    }

    /// Makes a chunk's journal durable, anew if a sync of it failed before.
    func makeJournalDurable(_ identity: ChunkIdentity) throws(FileError) {
        let path = layout.journal(identity)
        guard isSuspect(identity) else { return try sync(identity, [path]) }
        let bytes = try journalBytes(identity)
        let journal = ChunkJournal(bytes)
        guard journal.header?.identity == identity, journal.end != nil else {
            throw FileError(.damaged, "\(path) is not the journal of a closed chunk any more")
        }
        try FileSystem.replace(path, with: bytes)
    }

    private func isSuspect(_ identity: ChunkIdentity) -> Bool {
        suspects.withLock { $0.contains(layout.data(identity)) }
    }

    private func sync(_ identity: ChunkIdentity, _ paths: [String]) throws(FileError) {
        try suspecting(layout.data(identity)) { () throws(FileError) in
            for path in paths {
                let file = try FileDescriptor(path, .readWrite)
                try file.sync()
            }
        }
    }

    private func journalBytes(_ identity: ChunkIdentity) throws(FileError) -> [UInt8] {
        let path = layout.journal(identity)
        guard let bytes = try FileSystem.content(of: path, limit: ChunkRecovery.journalLimit) else {
            throw FileError(.notFound, "\(path) is gone")
        }
        return bytes
    }

    /// Remembers a media file of which something could not be read, written or synced.
    func suspecting<Result>(
        _ path: String,
        _ body: () throws(FileError) -> Result
    ) throws(FileError) -> Result {
        do {
            return try body()
        } catch {
            if error.code == .ioFailure { suspects.withLock { _ = $0.insert(path) } }
            throw error
        }
    }

    /// Writes a closed chunk's files anew under their names, from bytes that are right.
    ///
    /// After a failed sync the kernel may hold the old files' pages as clean though they never
    /// reached the disk; new files have pages of their own.
    private func rewrite(_ identity: ChunkIdentity) throws(FileError) {
        let path = layout.data(identity)
        let bytes = try journalBytes(identity)
        // What a crash left of an earlier try.
        try FileSystem.remove(path + ".new")
        _ = try readVerified(identity, copy: path + ".new") { _ in }
        try FileSystem.rename(path + ".new", to: path)
        try FileSystem.replace(layout.journal(identity), with: bytes)
        suspects.withLock { _ = $0.remove(path) }
    }

    /// Step 3 of shipping: the row is committed.
    package func markRegistered(_ identity: ChunkIdentity, at now: MonotonicTime) {
        update(identity) { $0.registeredAt = now }
    }

    /// Step 4 of shipping: removes chunks that were registered before `limit` and closed ones that
    /// hold nothing, but never a stream's newest.
    ///
    /// Journal first, then data, then seal: the seal alone says what the data file is, so that a
    /// start after a crash ships it once more (and finds it shipped) or removes the rest. An empty
    /// chunk has no seal and so goes data first.
    ///
    /// - Returns: How many are gone, and those that could not be removed.
    package func free(
        registeredBefore limit: MonotonicTime
    ) -> (count: Int, failures: [(identity: ChunkIdentity, error: FileError)]) {
        free(freeable(limit))
    }

    /// The same for registered chunks of which the room is needed before their grace is over.
    package func free(
        _ identities: [ChunkIdentity]
    ) -> (count: Int, failures: [(identity: ChunkIdentity, error: FileError)]) {
        let chosen = identities.compactMap { identity -> (ChunkIdentity, isSealed: Bool)? in
            streams.withLock { streams in
                guard let stream = streams[Key(identity)], stream.newest != identity,
                    let entry = stream.chunks[identity], entry.registeredAt != nil
                else { return nil }
                return (identity, isSealed: entry.sealed != nil)
            }
        }
        return free(chosen)
    }

    private func free(
        _ chunks: [(ChunkIdentity, isSealed: Bool)]
    ) -> (count: Int, failures: [(identity: ChunkIdentity, error: FileError)]) {
        var count = 0
        var failures: [(identity: ChunkIdentity, error: FileError)] = []
        for (identity, isSealed) in chunks {
            do {
                try remove(identity, isSealed: isSealed)
                forget(identity)
                count += 1
            } catch {
                failures.append((identity, error))
            }
        }
        return (count, failures)
    }

    private func freeable(_ limit: MonotonicTime) -> [(ChunkIdentity, isSealed: Bool)] {
        streams.withLock { streams in
            streams.values.flatMap { stream -> [(ChunkIdentity, isSealed: Bool)] in
                let newest = stream.newest
                return stream.chunks.compactMap {
                    identity,
                    entry -> (ChunkIdentity, isSealed: Bool)? in
                    let isEmpty = entry.isClosed && entry.chunk.segments.isEmpty
                    let isDone = entry.registeredAt.map { $0 <= limit } ?? false
                    guard identity != newest, isEmpty || isDone else { return nil }
                    return (identity, isSealed: entry.sealed != nil)
                }
            }
        }
    }

    private func remove(_ identity: ChunkIdentity, isSealed: Bool) throws(FileError) {
        if isSealed {
            try FileSystem.remove(layout.journal(identity))
            try FileSystem.remove(layout.data(identity))
            try FileSystem.remove(layout.seal(identity))
        } else {
            try FileSystem.remove(layout.data(identity))
            try FileSystem.remove(layout.journal(identity))
        }
    }

    private func forget(_ identity: ChunkIdentity) {
        streams.withLock { $0[Key(identity)]?.chunks[identity] = nil }
    }
}
