package import Domain

/// Every number of the cutting rules, with its reason.
package enum CutLimits {
    /// A key picture from here on ends the segment.
    package static let segment = MediaTime(milliseconds: 4_000)
    /// No segment is longer (EXT-X-TARGETDURATION, RFC 8216 4.3.3.1: rounded EXTINF).
    package static let longestSegment = MediaTime(
        milliseconds: Int64(Segment.targetDurationSeconds) * 1_000
    )
    /// EXT-X-PART-INF PART-TARGET: constant for the life of a playlist.
    package static let part = MediaTime(milliseconds: 500)
    /// How much later than its interval says a key picture may come and still end the segment.
    static let keyLateness = MediaTime(milliseconds: 250)
    /// Key intervals that the expectation is the longest of: a smart codec varies them.
    static let keyIntervals = 3
    /// Bytes in a part at most, unless one picture is larger: what a camera buffers in memory.
    package static let partBytes = 2 << 20
    /// Bytes after which a chunk ends at the next segment border: far below the 5 GB of one PUT,
    /// and a few seconds of upload.
    package static let chunkBytes = 256 << 20
}
