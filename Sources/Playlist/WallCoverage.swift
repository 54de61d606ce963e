internal import Domain

/// A set of wall-time spans, for asking how much of a span is covered.
struct WallCoverage: Hashable, Sendable {
    /// Disjoint and in order after `normalise`.
    private(set) var spans: [TimelineSpan] = []

    mutating func insert(_ start: WallTime, _ end: WallTime) {
        if end > start { spans.append(TimelineSpan(start: start, end: end)) }
    }

    /// Sorts and joins spans whose distance is at most `distance`.
    mutating func normalise(joining distance: MediaTime = .zero) {
        var result: [TimelineSpan] = []
        for span in spans.sorted(by: { $0.start < $1.start }) {
            if let last = result.last, span.start <= last.end + distance {
                result[result.count - 1].end = max(last.end, span.end)
            } else {
                result.append(span)
            }
        }
        spans = result
    }

    /// How much of a span is covered. Needs normalised spans.
    func overlap(_ start: WallTime, _ end: WallTime) -> MediaTime {
        var total = MediaTime.zero
        var index = firstEnding(after: start)
        while index < spans.count, spans[index].start < end {
            total += min(end, spans[index].end) - max(start, spans[index].start)
            index += 1
        }
        return total
    }

    /// The parts of a span that are not covered. Needs normalised spans.
    func uncovered(_ start: WallTime, _ end: WallTime) -> [TimelineSpan] {
        var result: [TimelineSpan] = []
        var cursor = start
        var index = firstEnding(after: start)
        while index < spans.count, spans[index].start < end {
            if spans[index].start > cursor {
                result.append(TimelineSpan(start: cursor, end: spans[index].start))
            }
            cursor = max(cursor, spans[index].end)
            index += 1
        }
        if cursor < end { result.append(TimelineSpan(start: cursor, end: end)) }
        return result
    }

    private func firstEnding(after time: WallTime) -> Int {
        var low = 0
        var high = spans.count
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].end > time { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
