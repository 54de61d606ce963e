package import Domain

/// A checked range of wall time out of a query.
package struct TimeRange: Hashable, Sendable {
    /// Longest range, seconds.
    package static let limitSeconds: Int64 = 86_400
    /// Nothing was recorded before (2000-01-01): an earlier time is a mistake, such as
    /// milliseconds taken for seconds.
    package static let earliest = WallTime(seconds: 946_684_800)
    /// How far after now a range may end, seconds: a page that was opened tomorrow is a mistake.
    package static let futureLimitSeconds: Int64 = 86_400

    package var from: WallTime
    /// Not after now.
    package var to: WallTime

    /// Reads `from` and `to`; reports all that is wrong with both.
    package init(_ query: Query, now: WallTime) throws(Problem) {
        var problems: [FieldProblem] = []
        let from = Self.time("from", query, now, &problems)
        let to = Self.time("to", query, now, &problems)
        guard let from, let to, problems.isEmpty else { throw Problem.invalid(problems) }
        let example = "from=\(now.adding(milliseconds: -3_600_000))&to=\(now)"
        guard from < to else {
            throw Problem.invalid("from", "must be before to", example: example)
        }
        guard from < now else {
            throw Problem.invalid("from", "is in the future; it is \(now) now", example: example)
        }
        guard to.microseconds - from.microseconds <= Self.limitSeconds * 1_000_000 else {
            throw Problem.invalid(
                "to",
                "is more than 24 hours after from; ask for one day after the other",
                example: example
            )
        }
        self.from = from
        self.to = min(to, now)
    }

    private static func time(
        _ name: String,
        _ query: Query,
        _ now: WallTime,
        _ problems: inout [FieldProblem]
    ) -> WallTime? {
        let example = "\(name)=\(now)"
        guard let text = query[name] else {
            problems.append(FieldProblem(name, "is missing", example: example))
            return nil
        }
        guard let time = WallTime(rfc3339: text) else {
            problems.append(
                FieldProblem(
                    name,
                    "is not an RFC 3339 time with a zone (Z or +hh:mm; in a URL + is %2B)",
                    example: example
                )
            )
            return nil
        }
        let latest = now.adding(milliseconds: futureLimitSeconds * 1_000)
        guard time >= earliest, time <= latest else {
            problems.append(
                FieldProblem(
                    name,
                    "is not between \(earliest) and a day from now",
                    example: example
                )
            )
            return nil
        }
        return time
    }
}
