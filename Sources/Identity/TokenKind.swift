/// The kinds of tokens that are signed with one key; none is accepted in place of another.
package enum TokenKind: Sendable, Hashable, CaseIterable {
    /// Shown with every request (RFC 9068).
    case access
    /// Exchanged for new tokens, once.
    case refresh

    /// The header's `typ`.
    var type: String {
        switch self {
        case .access: "at+jwt"
        case .refresh: "refresh+jwt"
        }
    }

    /// The claim `aud`.
    var audience: String {
        switch self {
        case .access: "sparc-api"
        case .refresh: "sparc-session"
        }
    }
}
