/// Whether a login succeeds: decided in one place, by a value.
package enum LoginDecision: Hashable, Sendable {
    case granted(Role)
    /// One answer for a wrong password, an unknown user and a disabled one.
    case refused

    /// - Parameters:
    ///   - isPasswordRight: What the hash said; asked for unknown users too, with a dummy hash.
    ///   - role: Of the user's row; nil for an unknown user.
    ///   - isDisabled: Whether the user may not log in any more.
    ///   - isDevelopmentLogin: Whether the well-known development login was named.
    ///   - isDevelopment: Whether this is a development installation.
    package static func decide(
        isPasswordRight: Bool,
        role: String?,
        isDisabled: Bool,
        isDevelopmentLogin: Bool,
        isDevelopment: Bool
    ) -> LoginDecision {
        guard isPasswordRight, let role = role.flatMap({ Role.named($0) }), !isDisabled,
            isDevelopment || !isDevelopmentLogin
        else { return .refused }
        return .granted(role)
    }
}
