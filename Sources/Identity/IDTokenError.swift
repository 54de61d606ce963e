/// Why an ID token of a provider is not accepted. Never holds any of it.
package struct IDTokenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// For logs and tests; who logs in learns only that it did not work.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// Not three parts of base64url with the members that an ID token has.
        case malformed
        /// The provider's keys have none that the token names: they may have changed.
        case unknownKey = "unknown_key"
        /// Another algorithm than the key's, or a header that asks for more than a signature.
        case algorithm
        /// The signature is not by that key.
        case notAuthentic = "not_authentic"
        /// By or for somebody else.
        case foreign
        /// Not the answer to this login's question.
        case nonce
        /// Its time is over, not yet come, or longer ago than this login.
        case time
        /// It belongs to another access token.
        case accessToken = "access_token"
    }

    package let code: Code

    package init(_ code: Code) {
        self.code = code
    }

    /// Only with keys that are read again.
    package var isRetryable: Bool {
        code == .unknownKey
    }

    package var description: String {
        "the ID token is refused: \(code.rawValue)"
    }
}
