/// What went wrong between us and PostgreSQL. Its description is safe to show: the server's primary
/// message without detail, hint, statement or parameters.
package struct DatabaseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// The connection text cannot be read.
        case settings
        /// No connection could be made, or it was lost.
        case connection
        /// No connection became free in time, or too many wait already.
        case exhausted
        /// The tenant has its share of the connections already, and too many or too long waits.
        case crowded
        /// The pool was closed.
        case closed
        /// The server refused the statement; `sqlState` says why.
        case server
        /// A value has another type, or is null where none may be.
        case decoding
        /// The migrations of the database are not those of this build.
        case migration
    }

    package let code: Code
    /// Five characters of the SQL standard or PostgreSQL, for the code `server`.
    package let sqlState: String?
    /// Name of the violated constraint, if there is one.
    package let constraint: String?
    package let message: String

    package init(
        _ code: Code,
        _ message: String,
        sqlState: String? = nil,
        constraint: String? = nil
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.constraint = constraint
    }

    /// Whether the same transaction may succeed when it is begun again.
    ///
    /// PostgreSQL's appendix A: 08 connection, 40 rollback (serialisation, deadlock), 53 resources,
    /// 55P03 lock not available, 57 operator intervention (57014 is a statement timeout).
    package var isRetryable: Bool {
        switch code {
        case .connection, .exhausted, .crowded: true
        case .settings, .closed, .decoding, .migration: false
        case .server:
            sqlState.map {
                $0.hasPrefix("08") || $0.hasPrefix("40") || $0.hasPrefix("53")
                    || $0.hasPrefix("57") || $0 == "55P03"
            } ?? false
        }
    }

    package var description: String {
        sqlState.map { "\(code.rawValue) \($0): \(message)" } ?? "\(code.rawValue): \(message)"
    }
}
