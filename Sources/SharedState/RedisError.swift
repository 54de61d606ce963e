/// Why Redis did not do what it was asked. Never holds a password or a command.
package struct RedisError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// No connection, or it broke.
        case unreachable
        /// No answer in time.
        case timeout
        /// The certificate or the handshake is bad.
        case tls
        /// User or password are wrong, or the user may not do this.
        case refused
        /// Redis answered with another error.
        case server
        /// What came is no answer of Redis, or a longer one than there can be.
        case malformed
    }

    package let code: Code
    /// What happened and what to do.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String {
        "\(code.rawValue): \(message)"
    }
}
