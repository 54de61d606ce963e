/// Findings: all are counted, the first ones are kept.
package struct IndexFindings: Hashable, Sendable {
    /// Most that are kept: enough to see what is wrong; more fill a screen and a memory.
    package static let limit = 1_000

    package private(set) var kept: [IndexFinding] = []
    package private(set) var counts: [IndexFinding.Kind: Int] = [:]

    package init() {}

    package var count: Int { counts.values.reduce(0, +) }

    package mutating func add(_ finding: IndexFinding) {
        counts[finding.kind, default: 0] += 1
        if kept.count < Self.limit { kept.append(finding) }
    }
}
