package import Domain
package import Files
import Synchronization

/// What a worker knows of its spool: every chunk with its segments, kept up to date from the
/// journals, which are the only truth.
///
/// All methods may be called from any thread. Files are read and written without the lock held;
/// one stream's journals are refreshed and recovered by one caller at a time.
package final class SpoolIndex: Sendable {
    struct Stream: Sendable {
        var chunks: [ChunkIdentity: SpoolEntry] = [:]
        /// Given up, and the coordinator does not know yet.
        var dropped: [ChunkIdentity: DroppedChunk] = [:]
        /// Highest sequence ever seen, by epoch; also of chunks that are gone.
        var sequences: [Int64: Int64] = [:]
        var recordedUntil: WallTime?

        /// The newest chunk, which is never freed: its name shows which were in use.
        var newest: ChunkIdentity? {
            chunks.keys.max { ($0.epoch, $0.sequence) < ($1.epoch, $1.sequence) }
        }
    }

    struct Key: Hashable, Sendable {
        var camera: CameraID
        var stream: StreamRole

        init(_ camera: CameraID, _ stream: StreamRole) {
            self.camera = camera
            self.stream = stream
        }

        init(_ identity: ChunkIdentity) {
            self.init(identity.camera, identity.stream)
        }
    }

    package let layout: SpoolLayout
    let streams = Mutex<[Key: Stream]>([:])
    /// Media files of which a sync failed: what they hold counts as not durable until it is written
    /// anew.
    let suspects = Mutex<Set<String>>([])

    /// An index that knows nothing yet: `recover()` reads the folder.
    package init(root: String) {
        layout = SpoolLayout(root: root)
    }

    /// Takes what was added to one chunk's journal. At the first sight of a chunk, older ones of its
    /// stream that are still open are ended at their longest valid prefix: their recorder writes in
    /// order and so has given them up.
    ///
    /// - Returns: Segments that closed by it, in order.
    package func refresh(_ identity: ChunkIdentity) throws(FileError) -> [ClosedSegment] {
        note(Key(identity), identity.epoch, identity.sequence)
        let known = entry(identity)
        if known?.isClosed == true { return newlyClosed(identity) }
        var journal = known?.journal ?? ChunkJournal()
        let before = journal.validLength
        do {
            let file = try FileDescriptor(layout.journal(identity), .read)
            let size = try file.size()
            if size > before { journal.extend(try file.read(size - before, at: before)) }
        } catch  where error.code == .notFound {
            return []
        }
        guard journal.header?.identity == identity else { return [] }
        let older = known == nil ? try endOlder(than: identity) : []
        keep(identity, journal, after: before)
        return older + newlyClosed(identity)
    }

    private func endOlder(than identity: ChunkIdentity) throws(FileError) -> [ClosedSegment] {
        let open = streams.withLock { streams in
            (streams[Key(identity)]?.chunks ?? [:]).filter { other, entry in
                !entry.isClosed
                    && (other.epoch, other.sequence) < (identity.epoch, identity.sequence)
            }.keys.sorted { ($0.epoch, $0.sequence) < ($1.epoch, $1.sequence) }
        }
        var closed: [ClosedSegment] = []
        for other in open {
            try repair(other)
            closed += newlyClosed(other)
        }
        return closed
    }

    /// Segments of a stream that closed since they were last asked for, for instance by a recovery.
    package func takeClosed(_ camera: CameraID, _ stream: StreamRole) -> [ClosedSegment] {
        let identities = streams.withLock { streams in
            streams[Key(camera, stream)]?.chunks.keys.sorted {
                ($0.epoch, $0.sequence) < ($1.epoch, $1.sequence)
            }
        }
        return (identities ?? []).flatMap { newlyClosed($0) }
    }

    /// Every stream that has a chunk or had one.
    package var knownStreams: [(camera: CameraID, stream: StreamRole)] {
        streams.withLock { $0.keys.map { ($0.camera, $0.stream) } }
    }

    /// Every chunk, oldest first.
    package func all() -> [SpooledChunk] {
        sorted { _ in true }
    }

    /// One chunk; nil if the spool does not have it.
    package func chunk(_ identity: ChunkIdentity) -> SpooledChunk? {
        entry(identity).map { spooled(identity, $0) }
    }

    /// What the spool holds of a range: chunks with their closed segments, and the gaps before them.
    package func holdings(
        _ camera: CameraID,
        _ stream: StreamRole,
        from: WallTime,
        to: WallTime
    ) -> SpoolHoldings {
        let chunks = sorted { $0 == Key(camera, stream) }
        var gaps = chunks.compactMap(\.precedingGap)
        for drop in drops() where Key(drop.identity) == Key(camera, stream) {
            for gap in drop.besideGaps + [drop.gap] where !gaps.contains(gap) { gaps.append(gap) }
        }
        gaps.removeAll { $0.end <= from || $0.start >= to }
        let overlapping = chunks.map(\.chunk).filter {
            !$0.segments.isEmpty && $0.end > from && $0.start < to
        }
        return SpoolHoldings(chunks: overlapping, gaps: gaps)
    }

    /// End of the newest picture of a stream.
    package func recordedUntil(_ camera: CameraID, _ stream: StreamRole) -> WallTime? {
        streams.withLock { $0[Key(camera, stream)]?.recordedUntil }
    }

    /// A sequence number that no chunk of the epoch ever had in this spool. Holds for epochs that are
    /// granted in rising order: of an older epoch the numbers of freed chunks may be forgotten.
    package func nextSequence(
        _ camera: CameraID,
        _ stream: StreamRole,
        epoch: Int64
    ) -> Int64 {
        streams.withLock { ($0[Key(camera, stream)]?.sequences[epoch] ?? 0) + 1 }
    }

    /// The highest epoch of any chunk; 0 for an empty spool.
    package var highestEpoch: Int64 {
        streams.withLock { $0.values.flatMap(\.sequences.keys).max() ?? 0 }
    }

    /// Bytes of a stream that the store does not have yet.
    package func backlogBytes(_ camera: CameraID, _ stream: StreamRole) -> Int {
        streams.withLock { streams in
            (streams[Key(camera, stream)]?.chunks ?? [:]).values
                .reduce(0) { $0 + ($1.registeredAt == nil ? $1.length : 0) }
        }
    }

    private func newlyClosed(_ identity: ChunkIdentity) -> [ClosedSegment] {
        streams.withLock { streams in
            guard var stream = streams[Key(identity)], var entry = stream.chunks[identity],
                entry.reported < entry.chunk.segments.count
            else { return [] }
            var chunk = entry.chunk
            let segments = chunk.segments
            chunk.segments = []
            let gap = stream.precedingGap(identity, entry)
            let closed = segments.enumerated().dropFirst(entry.reported).map { index, segment in
                ClosedSegment(
                    chunk: chunk,
                    precedingGap: index == 0 ? gap : nil,
                    segment: segment,
                    indexInChunk: index
                )
            }
            entry.reported = segments.count
            stream.chunks[identity] = entry
            streams[Key(identity)] = stream
            return closed
        }
    }
}
