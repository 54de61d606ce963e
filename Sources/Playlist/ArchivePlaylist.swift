package import Domain

/// The VOD playlist of a range: everything that was recorded, in order, with gaps where nothing is.
package enum ArchivePlaylist {
    /// The longest range, seconds.
    package static let rangeLimitSeconds: Int64 = 86_400
    /// Segments and gaps in one playlist: a day of two-second segments and a few thousand gaps;
    /// 14 MB of text.
    package static let entryLimit = 65_536
    /// A range that ends now ends with the last closed segment: the one that is being written is
    /// no gap. Its length and its way here.
    package static let openSpan = MediaTime(
        milliseconds: Int64(Segment.targetDurationSeconds) * 1_000 + 4_000
    )

    /// Checks a range and cuts its end to now.
    ///
    /// Throws `emptyRange` or `rangeTooLong`.
    package static func checkedEnd(
        from: WallTime,
        to: WallTime,
        now: WallTime
    ) throws(ArchivePlaylistError) -> WallTime {
        guard from < to else {
            throw ArchivePlaylistError(
                code: .emptyRange,
                message: "from must be before to; for example from=2026-01-31T09:00:00Z"
                    + "&to=2026-01-31T10:00:00Z"
            )
        }
        guard from < now else {
            throw ArchivePlaylistError(
                code: .emptyRange,
                message: "from is in the future; it is \(now) now"
            )
        }
        let (length, isHuge) = to.microseconds.subtractingReportingOverflow(from.microseconds)
        guard !isHuge, length <= rangeLimitSeconds * 1_000_000 else {
            throw ArchivePlaylistError(
                code: .rangeTooLong,
                message: "a range is at most 24 hours; ask for one day after the other"
            )
        }
        return min(to, now)
    }

    /// The playlist's text.
    ///
    /// - Parameters:
    ///   - chunks: Of one stream, any order, duplicates allowed; also from before `from` if a
    ///     picture of the range depends on them.
    ///   - gaps: Known gaps; they tell a silent camera from a segment that is still open.
    ///   - from: Start of the range.
    ///   - to: End of the range; cut to `now`.
    ///   - now: The time of the request.
    ///   - media: The URI of a chunk, with its signature; asked once for each.
    /// - Returns: The whole playlist, gaps alone if nothing is recorded.
    /// - Throws: `ArchivePlaylistError` for a bad range or too many segments.
    package static func render(
        chunks: [Chunk],
        gaps: [Gap] = [],
        from: WallTime,
        to: WallTime,
        now: WallTime,
        media: (Chunk) -> String
    ) throws(ArchivePlaylistError) -> String {
        let end = try checkedEnd(from: from, to: to, now: now)
        let selection = ArchiveSelection(chunks)
        let items = selection.range(from: from, to: end)
        var builder = ArchiveBuilder(
            selection: selection,
            from: min(from, items.first?.start ?? from)
        )
        for item in items { builder.append(item, media: media) }
        builder.finish(at: end, isOpen: now - end < openSpan, gaps: gaps)
        guard builder.entries.count <= entryLimit else {
            throw ArchivePlaylistError(
                code: .tooManySegments,
                message: "the range has more than \(entryLimit) segments; ask for a shorter one"
            )
        }
        let hasMedia = !items.isEmpty
        var text = PlaylistText(capacity: builder.entries.count)
        text.line(
            "#EXT-X-VERSION:\(hasMedia ? PlaylistText.version : PlaylistText.versionWithoutMap)"
        )
        text.line("#EXT-X-TARGETDURATION:\(Segment.targetDurationSeconds)")
        text.line("#EXT-X-MEDIA-SEQUENCE:0")
        text.line("#EXT-X-PLAYLIST-TYPE:VOD")
        if hasMedia, items.allSatisfy(\.segment.isIndependent) {
            text.line("#EXT-X-INDEPENDENT-SEGMENTS")
        }
        text.append(builder.entries)
        text.line("#EXT-X-ENDLIST")
        return text.text
    }
}
