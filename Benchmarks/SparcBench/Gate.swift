/// A limit on a figure, and what became of it.
struct Gate: Sendable, Hashable {
    enum Kind: String, Sendable {
        /// A miss fails the benchmark.
        case gate
        /// A miss is shown only.
        case goal
    }

    var name: String
    /// Nil if nothing was measured, which is a miss.
    var value: Double?
    /// The largest value that passes.
    var limit: Double
    var kind = Kind.gate

    var isPassed: Bool { value.map { $0 <= limit } ?? false }

    var line: String {
        let word: String
        switch kind {
        case .gate: word = isPassed ? "PASS" : "MISS"
        case .goal: word = isPassed ? "goal reached" : "goal missed"
        }
        let shown = value.map { Text.number($0) } ?? "nothing measured"
        return "\(word): \(name) \(shown), limit \(Text.number(limit))"
    }
}
