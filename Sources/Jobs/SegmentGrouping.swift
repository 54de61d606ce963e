import Domain

/// Groups the fragments of a chunk into segments by the recorder's rules: a segment ends at the
/// first key picture from 4 s on, at an earlier one when the one after it would come too late, and
/// at 6 s when none comes. The recorder guesses when the next key picture comes and this knows it,
/// so a border may lie elsewhere than in the lost row; every picture plays all the same.
enum SegmentGrouping {
    private static let segment = MediaTime(seconds: 4)
    private static let longest = MediaTime(
        seconds: Double(Segment.targetDurationSeconds)
    )

    /// - Parameters:
    ///   - fragments: In the order of the file.
    ///   - mediaStart: Decode time of the first picture.
    ///   - offset: Where the first fragment must begin.
    /// - Returns: Nil if the fragments do not begin there, or their times do not rise.
    static func segments(
        of fragments: [MovieFragment],
        mediaStart: MediaTime,
        offset: Int
    ) -> [Segment]? {
        guard let first = fragments.first, first.offset == offset, first.start == mediaStart
        else { return nil }
        let keys = fragments.filter(\.isKey).compactMap(\.start)
        var borders = [0]
        var start = mediaStart
        var end = mediaStart
        for (index, fragment) in fragments.enumerated() {
            guard let time = fragment.start else { continue }
            guard index == 0 || time > start, time >= end else { return nil }
            if index > 0, isBorder(fragment, at: time, from: start, keys) {
                borders.append(index)
                start = time
            }
            end = time + fragment.duration
        }
        var segments: [Segment] = []
        for (place, border) in borders.enumerated() {
            let next = place + 1 < borders.count ? fragments[borders[place + 1]] : nil
            guard let begin = fragments[border].start else { return nil }
            let last = next.map(\.offset) ?? fragments.last.map { $0.offset + $0.length } ?? 0
            segments.append(
                Segment(
                    start: begin,
                    duration: (next?.start ?? end) - begin,
                    offset: fragments[border].offset,
                    length: last - fragments[border].offset,
                    isIndependent: fragments[border].isKey
                )
            )
        }
        return segments
    }

    private static func isBorder(
        _ fragment: MovieFragment,
        at time: MediaTime,
        from start: MediaTime,
        _ keys: [MediaTime]
    ) -> Bool {
        if time + fragment.duration - start > longest { return true }
        guard fragment.isKey else { return false }
        if time - start >= segment { return true }
        guard let next = keys.first(where: { $0 > time }) else { return false }
        return next - start > longest
    }
}
