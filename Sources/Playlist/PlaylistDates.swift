internal import Domain

/// Decides which segments carry EXT-X-PROGRAM-DATE-TIME.
///
/// Dates must map to one segment each (RFC 8216bis 4.4.4.6), but a wall clock that was set back
/// makes a later run begin before an earlier one's end. Such a run is listed without dates; a
/// player then counts on from the last date, or back from the next one.
struct PlaylistDates: Hashable, Sendable {
    /// Overlap that may remain, just below the second that the specification tolerates: clocks of
    /// two runs differ, most after a restart on a busy machine, and a larger overlap costs the older
    /// run's last segment.
    static let overlapLimit = MediaTime(milliseconds: 950)

    /// Where a player that counts on from the last date is now; nil before the first date.
    private(set) var end: WallTime?

    init() {}

    /// What a player knows after these entries.
    init(_ entries: some Sequence<PlaylistEntry>) {
        for entry in entries { follow(entry) }
    }

    /// The date for a segment that begins at `start`, or nil if it would contradict an earlier one.
    func date(for start: WallTime) -> WallTime? {
        guard let end else { return start }
        return start + Self.overlapLimit >= end ? start : nil
    }

    mutating func follow(_ entry: PlaylistEntry) {
        guard let begin = entry.date ?? end else { return }
        end = begin + entry.listedDuration
    }
}
