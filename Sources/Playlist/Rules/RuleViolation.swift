/// One broken rule and where.
package struct RuleViolation: Error, Hashable, Sendable, CustomStringConvertible {
    package let rule: PlaylistRule
    /// From 1; 0 for what is missing altogether.
    package let line: Int
    package let message: String

    package init(_ rule: PlaylistRule, line: Int, _ message: String) {
        self.rule = rule
        self.line = line
        self.message = message
    }

    package var description: String {
        "\(rule.rawValue) in line \(line): \(message)"
    }
}
