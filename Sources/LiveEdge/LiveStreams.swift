package import Domain
internal import Keys
internal import Playlist
package import Spool
internal import Synchronization

/// The live windows of all streams that this worker records.
///
/// Safe from any thread. `append` and `tick` replace a small file once in a thousand segments;
/// everything else is memory.
package final class LiveStreams: Sendable {
    /// Footage older than this is not listed after a restart: the spool may free it soon.
    private static let restoreMilliseconds: Int64 = 10 * 60 * 1_000

    private struct Key: Hashable {
        var camera: CameraID
        var stream: StreamRole
    }

    private let layout: SpoolLayout
    private let clock: EdgeClock
    private let streams = Mutex<[Key: LiveStream]>([:])

    package init(layout: SpoolLayout, clock: EdgeClock) {
        self.layout = layout
        self.clock = clock
    }

    /// Lists what the spool holds of the last minutes; once, after `SpoolIndex.recover` and before
    /// the first `append`. A player that was watching goes on.
    package func restore(_ index: SpoolIndex) throws {
        let wall = clock.wall()
        let recent = index.all().filter {
            $0.chunk.end > wall.adding(milliseconds: -Self.restoreMilliseconds)
                && $0.chunk.start < wall
        }
        let grouped = Dictionary(grouping: recent) {
            Key(camera: $0.chunk.identity.camera, stream: $0.chunk.identity.stream)
        }
        let now = clock.monotonic()
        for (key, chunks) in grouped {
            let stream = try stream(key)
            for closed in Self.tail(of: chunks) {
                try stream.append(closed, wall: wall, at: now)
            }
            try stream.catchUp(wall: wall, at: now)
        }
    }

    /// Lists segments that closed, in order; those listed before are ignored.
    ///
    /// Throws if sequence numbers could not be made durable; the segments are then missing from
    /// the live list only.
    package func append(_ segments: [ClosedSegment]) throws {
        let wall = clock.wall()
        let now = clock.monotonic()
        for segment in segments {
            let identity = segment.chunk.identity
            let key = Key(camera: identity.camera, stream: identity.stream)
            try stream(key).append(
                LiveStream.Closed(
                    chunk: segment.chunk,
                    segment: segment.segment,
                    index: segment.indexInChunk
                ),
                wall: wall,
                at: now
            )
        }
    }

    /// Adds gaps to the lists of silent streams; once a second (`LiveEdge.run` does).
    package func tick() {
        let wall = clock.wall()
        let now = clock.monotonic()
        for stream in streams.withLock({ Array($0.values) }) {
            // A disk that takes no reservation stops one list; the next second tries again.
            try? stream.tick(wall: wall, at: now)
        }
    }

    /// Forgets a stream that is no longer recorded here.
    package func remove(_ camera: CameraID, _ stream: StreamRole) {
        streams.withLock { $0[Key(camera: camera, stream: stream)] = nil }
    }

    /// The gap that is open now, or nil when pictures arrive again. Ignored for a stream without a
    /// segment so far.
    package func setOpenGap(_ gap: Gap?, _ camera: CameraID, _ stream: StreamRole) {
        streams.withLock { $0[Key(camera: camera, stream: stream)] }?.openGap = gap
    }

    /// The open gap up to now; nil while pictures arrive.
    func openGap(_ camera: CameraID, _ stream: StreamRole) -> Gap? {
        guard var gap = streams.withLock({ $0[Key(camera: camera, stream: stream)] })?.openGap
        else { return nil }
        gap.end = max(gap.end, clock.wall())
        return gap
    }

    /// The live playlist; nil for a stream that has no segment yet.
    func playlist(_ camera: CameraID, _ stream: StreamRole, _ signer: MediaSigner) -> String? {
        streams.withLock { $0[Key(camera: camera, stream: stream)] }?
            .playlist { signer.signed($0, expires: $1) }
    }

    private func stream(_ key: Key) throws -> LiveStream {
        try streams.withLock { streams in
            if let known = streams[key] { return known }
            let new = try LiveStream(
                MediaSequenceReservation(layout, key.camera, key.stream)
            )
            streams[key] = new
            return new
        }
    }

    /// The last segments of a stream's chunks, as many as a list needs.
    private static func tail(of chunks: [SpooledChunk]) -> [LiveStream.Closed] {
        let sorted = chunks.map(\.chunk).sorted {
            ($0.identity.epoch, $0.identity.sequence) < ($1.identity.epoch, $1.identity.sequence)
        }
        var length = MediaTime.zero
        var result: [LiveStream.Closed] = []
        for chunk in sorted.reversed() {
            for (index, segment) in chunk.segments.enumerated().reversed() {
                guard length < LiveWindow.lengthMinimum || result.count < LiveWindow.segmentMinimum
                else { return result.reversed() }
                length += segment.duration
                result.append(LiveStream.Closed(chunk: chunk, segment: segment, index: index))
            }
        }
        return result.reversed()
    }
}
