/// Why a token is not accepted. Never holds any of it.
package struct TokenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// For logs and tests; whoever sent the token learns only that it is not valid.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// Not three parts of base64url with the members that a token of ours has.
        case malformed
        /// Another algorithm, type, issuer, audience or key than this use needs.
        case foreign
        /// The signature is not by our key.
        case notAuthentic = "not_authentic"
        /// Its time is over, or not yet come.
        case expired
        /// Its session was ended, or a copy of it was used after it had been replaced.
        case revoked
    }

    package let code: Code

    package init(_ code: Code) {
        self.code = code
    }

    /// Never: the same token gives the same answer.
    package var isRetryable: Bool {
        false
    }

    package var description: String {
        "the token is \(code.rawValue)"
    }
}
