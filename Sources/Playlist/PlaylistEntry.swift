internal import Domain

/// One segment or gap of a media playlist with all that its tags say.
struct PlaylistEntry: Hashable, Sendable {
    /// As measured; `PlaylistText` cuts what is longer than the target duration allows.
    var duration: MediaTime
    var uri: String
    var byteRange: Range<Int>?
    /// Nil where a date would contradict those before it (see `PlaylistDates`).
    var date: WallTime?
    var isGap = false
    var isDiscontinuity = false
    /// The initialization of this segment; nil for a gap before any media.
    var map: PlaylistMap?

    /// The longest length that still rounds to the target duration (RFC 8216 4.3.3.1), half a
    /// second above it less one tick.
    static let longest = MediaTime(
        ticks: Int64(Segment.targetDurationSeconds) * MediaTime.ticksPerSecond
            + MediaTime.ticksPerSecond / 2 - 1
    )

    /// The length that is written: a picture that stands longer than the target allows is listed
    /// short rather than breaking the playlist; the next segment's date tells the true time.
    var listedDuration: MediaTime {
        min(duration, Self.longest)
    }
}
