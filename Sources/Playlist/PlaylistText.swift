internal import Domain

/// Builds the text of a media playlist, line by line.
struct PlaylistText {
    /// EXT-X-MAP outside an I-frame playlist needs 6 (RFC 8216 section 7); nothing used needs more.
    static let version = 6
    /// Fractional EXTINF needs 3; a list without EXT-X-MAP uses nothing newer.
    static let versionWithoutMap = 3

    private(set) var text = "#EXTM3U\n"
    private var map: PlaylistMap?

    /// Room for a number of segments, so that the text grows once.
    init(capacity entries: Int) {
        text.reserveCapacity(256 + entries * 320)
    }

    mutating func line(_ content: String) {
        text += content
        text += "\n"
    }

    /// All segments, each with its date, and EXT-X-MAP where it changes. A gap at the front gets
    /// the first segment's.
    mutating func append(_ entries: some Collection<PlaylistEntry>) {
        let first = entries.lazy.compactMap(\.map).first
        for entry in entries {
            append(entry, map: entry.map ?? map ?? first)
        }
    }

    private mutating func append(_ entry: PlaylistEntry, map wanted: PlaylistMap?) {
        if entry.isDiscontinuity { line("#EXT-X-DISCONTINUITY") }
        if let wanted, wanted != map {
            map = wanted
            let range = wanted.byteRange.map { ",BYTERANGE=\"\($0.count)@\($0.lowerBound)\"" }
            line("#EXT-X-MAP:URI=\"\(wanted.uri)\"\(range ?? "")")
        }
        if let date = entry.date { line("#EXT-X-PROGRAM-DATE-TIME:\(date)") }
        if entry.isGap { line("#EXT-X-GAP") }
        text += "#EXTINF:"
        text += Self.seconds(entry.listedDuration)
        text += ",\n"
        if let range = entry.byteRange {
            line("#EXT-X-BYTERANGE:\(range.count)@\(range.lowerBound)")
        }
        line(entry.uri)
    }

    /// Seconds with six digits: a tick is 11 us, so that sums stay exact over a day.
    static func seconds(_ time: MediaTime) -> String {
        let microseconds = max(0, time.microseconds)
        let fraction = String(microseconds % 1_000_000)
        let zeros = String(repeating: "0", count: 6 - fraction.utf8.count)
        return "\(microseconds / 1_000_000).\(zeros)\(fraction)"
    }
}
