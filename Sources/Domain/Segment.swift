/// What a player fetches: a run of whole fragments inside one chunk, about 4 s.
package struct Segment: Hashable, Sendable, Codable {
    /// The longest segment, seconds: EXT-X-TARGETDURATION of every playlist (RFC 8216 4.3.3.1).
    package static let targetDurationSeconds = 6

    /// Decode time of its first picture on the run's timeline.
    package var start: MediaTime
    /// Length on the run's timeline; the next segment of the run begins at `start + duration`.
    package var duration: MediaTime
    /// First byte inside the chunk.
    package var offset: Int
    /// Bytes.
    package var length: Int
    /// Whether it begins with a key frame.
    package var isIndependent: Bool

    package init(
        start: MediaTime,
        duration: MediaTime,
        offset: Int,
        length: Int,
        isIndependent: Bool
    ) {
        self.start = start
        self.duration = duration
        self.offset = offset
        self.length = length
        self.isIndependent = isIndependent
    }

    package var end: MediaTime {
        start + duration
    }

    package var byteRange: Range<Int> {
        offset..<(offset + length)
    }
}
