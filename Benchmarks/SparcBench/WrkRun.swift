import Foundation
import TestSupport

/// What one run of `wrk` measured.
struct WrkRun: Sendable, Hashable {
    var requestsPerSecond: Double
    /// The 99th percentile, milliseconds.
    var p99: Double
    /// Answers that were none of 2xx and 3xx, and connections that failed.
    var failures: Int

    /// Reads what `wrk --latency` prints; nil for anything else.
    init?(_ text: String) {
        func word(after name: String) -> String? {
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ").map { String($0) }
                if words.first == name { return words.dropFirst().first }
            }
            return nil
        }
        guard let rate = word(after: "Requests/sec:").flatMap({ Double($0) }),
            let latency = word(after: "99%").flatMap({ Self.milliseconds($0) })
        else { return nil }
        requestsPerSecond = rate
        p99 = latency
        failures = 0
        for line in text.split(separator: "\n") where line.contains("Non-2xx or 3xx responses:") {
            failures += line.split(separator: " ").last.flatMap { Int($0) } ?? 1
        }
        for line in text.split(separator: "\n") where line.contains("Socket errors:") {
            failures += line.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }
                .reduce(0, +)
        }
    }

    /// `1.23ms`, `45.6us`, `1.2s`.
    private static func milliseconds(_ text: String) -> Double? {
        for (unit, factor) in [("us", 0.001), ("ms", 1), ("s", 1_000)] where text.hasSuffix(unit) {
            return Double(text.dropLast(unit.count)).map { $0 * factor }
        }
        return nil
    }
}
