package import Domain

/// What of a range is recorded and what is missing, and why. JSON: the API's timeline.
package struct Timeline: Hashable, Sendable, Codable {
    /// Recorded spans in order, joined where the hole between them is below `joining`.
    package var recorded: [TimelineSpan]
    /// Gaps in order, without overlap among themselves or with what is recorded.
    package var gaps: [Gap]

    /// Holes up to this are jitter between runs, unless a gap says otherwise.
    package static let joining = MediaTime(milliseconds: 500)

    /// Merges spans and gaps, in any order, and cuts them to the range.
    ///
    /// A gap of one worker that another worker recorded is no gap. Of overlapping gaps the earlier
    /// keeps its reason; touching gaps of one reason become one.
    package init(spans: [TimelineSpan], gaps: [Gap], from: WallTime, to: WallTime) {
        var exact = WallCoverage()
        for span in spans { exact.insert(max(span.start, from), min(span.end, to)) }
        exact.normalise()
        var result: [Gap] = []
        var cursor = from
        let sorted = gaps.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
        for gap in sorted {
            for part in exact.uncovered(max(gap.start, cursor), min(gap.end, to))
            where part.start < part.end {
                if let last = result.last, last.end == part.start, last.reason == gap.reason {
                    result[result.count - 1].end = part.end
                } else {
                    result.append(Gap(start: part.start, end: part.end, reason: gap.reason))
                }
                cursor = max(cursor, part.end)
            }
        }
        self.gaps = result
        recorded = Self.joined(exact.spans, around: result)
    }

    /// The timeline of whole chunks.
    package init(chunks: [Chunk], gaps: [Gap], from: WallTime, to: WallTime) {
        self.init(
            spans: chunks.map { TimelineSpan(start: $0.start, end: $0.end) },
            gaps: gaps,
            from: from,
            to: to
        )
    }

    private static func joined(_ spans: [TimelineSpan], around gaps: [Gap]) -> [TimelineSpan] {
        var result: [TimelineSpan] = []
        var rest = gaps[...]
        for span in spans {
            while let gap = rest.first, gap.end <= (result.last?.end ?? span.start) {
                rest.removeFirst()
            }
            let isExplained = rest.first.map { $0.start < span.start } ?? false
            if let last = result.last, span.start <= last.end + joining, !isExplained {
                result[result.count - 1].end = max(last.end, span.end)
            } else {
                result.append(span)
            }
        }
        return result
    }
}
