internal import Domain

/// Turns selected segments into playlist entries, with gaps between them.
struct ArchiveBuilder {
    private(set) var entries: [PlaylistEntry] = []
    private let selection: ArchiveSelection
    /// Wall time up to which the list tells what happened.
    private var cursor: WallTime
    private var last: ArchiveItem?
    private var dates = PlaylistDates()
    private var uris: [Int: String] = [:]
    /// By parameter hash: the first listed chunk with it.
    private var maps: [String: PlaylistMap] = [:]

    init(selection: ArchiveSelection, from: WallTime) {
        self.selection = selection
        cursor = from
    }

    mutating func append(_ item: ArchiveItem, media: (Chunk) -> String) {
        let hasGap = fill(to: item.start)
        let continues = last.map { selection.continues($0, item) } ?? entries.isEmpty
        let chunk = selection.chunks[item.chunk]
        let uri = uris[item.chunk] ?? media(chunk)
        uris[item.chunk] = uri
        let map =
            maps[chunk.initializationHash]
            ?? PlaylistMap(uri: uri, byteRange: 0..<max(0, chunk.initializationLength))
        maps[chunk.initializationHash] = map
        add(
            PlaylistEntry(
                duration: item.segment.duration,
                uri: uri,
                byteRange: item.segment.byteRange,
                date: dates.date(for: item.start),
                isDiscontinuity: hasGap || !continues,
                map: map
            )
        )
        cursor = max(cursor, item.end)
        last = item
    }

    /// Lists the rest of the range as a gap, unless it may still be recorded.
    mutating func finish(at end: WallTime, isOpen: Bool, gaps: [Gap]) {
        let rest = end - cursor
        let isKnownGap = gaps.contains { $0.start < end && $0.end > cursor }
        if isOpen, rest < ArchivePlaylist.openSpan, !isKnownGap { return }
        _ = fill(to: end)
    }

    /// A gap begins where a player is: after a run without dates that is later than the footage
    /// ends, and the shorter gap brings the dates back.
    private mutating func fill(to end: WallTime) -> Bool {
        let start = max(cursor, dates.end ?? cursor)
        guard end - start >= GapMedia.shortest else { return false }
        for piece in GapMedia.pieces(from: start, to: end) {
            add(
                PlaylistEntry(
                    duration: piece.length,
                    uri: GapMedia.uri,
                    date: dates.date(for: piece.start),
                    isGap: true
                )
            )
        }
        cursor = end
        return true
    }

    private mutating func add(_ entry: PlaylistEntry) {
        entries.append(entry)
        dates.follow(entry)
    }
}
