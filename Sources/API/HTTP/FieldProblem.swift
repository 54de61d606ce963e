/// One wrong field of a request.
package struct FieldProblem: Hashable, Sendable, Codable {
    /// The JSON member (`streams[1].url`), query item (`from`) or header (`If-Match`).
    package var field: String
    /// What is wrong, without repeating the value, which may hold a password.
    package var problem: String
    /// What would be right.
    package var example: String

    package init(_ field: String, _ problem: String, example: String) {
        self.field = field
        self.problem = problem
        self.example = example
    }
}
