/// What the store holds: one fMP4 file of consecutive segments of one stream and one run.
///
/// It begins with its own ftyp and moov and plays alone. Wall time is linear in media time within
/// a run: a picture at `t` was taken at `start + (t - mediaStart)`.
package struct Chunk: Hashable, Sendable, Codable {
    package var identity: ChunkIdentity
    package var run: RunID
    /// Wall time of the first picture.
    package var start: WallTime
    /// Decode time of the first picture on the run's timeline.
    package var mediaStart: MediaTime
    /// Bytes of ftyp and moov at the front: the EXT-X-MAP range.
    package var initializationLength: Int
    /// Equal for equal ftyp and moov (FNV-1a 64 of those bytes, 16 hex digits).
    package var initializationHash: String
    /// RFC 6381 codecs, such as `avc1.64001f,mp4a.40.2`.
    package var codecs: String
    /// Picture size in pixels.
    package var width: Int
    package var height: Int
    /// In order, without holes between them: a hole ends the run and so the chunk.
    package var segments: [Segment]

    package init(
        identity: ChunkIdentity,
        run: RunID,
        start: WallTime,
        mediaStart: MediaTime,
        initializationLength: Int,
        initializationHash: String,
        codecs: String,
        width: Int,
        height: Int,
        segments: [Segment]
    ) {
        self.identity = identity
        self.run = run
        self.start = start
        self.mediaStart = mediaStart
        self.initializationLength = initializationLength
        self.initializationHash = initializationHash
        self.codecs = codecs
        self.width = width
        self.height = height
        self.segments = segments
    }

    /// Wall time after the last picture.
    package var end: WallTime {
        wallTime(of: segments.last?.end ?? mediaStart)
    }

    /// Bytes up to the end of the last segment.
    package var length: Int {
        segments.last.map { $0.offset + $0.length } ?? initializationLength
    }

    /// When the picture at a point of the run's timeline was taken.
    package func wallTime(of time: MediaTime) -> WallTime {
        start + (time - mediaStart)
    }
}
