/// Why the catalogue could not do what it was asked. Its description is safe to show: it holds no
/// SQL, no parameter and no row.
package struct CatalogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure, for the caller's decision.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// No connection, or the server is starting, stopping or overloaded.
        case unavailable
        /// The statement, a lock or a free connection took longer than its limit.
        case timeout
        /// The organisation has its share of the connections already, and too much waits for them.
        case crowded
        /// A row with that name exists already.
        case conflict
        /// The row that was named does not exist, or belongs to another tenant.
        case notFound = "not_found"
        /// What is to be changed is not as the caller saw it.
        case changed
        /// A value is outside its limits.
        case invalid
        /// The role is not allowed to do that: an error in the program or an attack.
        case forbidden
        /// A stored value cannot be read by this build.
        case damaged
        /// Anything else: an error in the program.
        case `internal`
    }

    package let code: Code
    /// One sentence in words for an operator.
    package let message: String
    /// The violated constraint's name, if the code is `conflict`, `notFound` or `invalid`.
    package let constraint: String?

    package init(_ code: Code, _ message: String, constraint: String? = nil) {
        self.code = code
        self.message = message
        self.constraint = constraint
    }

    /// Whether the same call may succeed later without a change.
    package var isRetryable: Bool {
        code == .unavailable || code == .timeout || code == .crowded
    }

    package var description: String {
        "\(code.rawValue): \(message)"
    }
}
