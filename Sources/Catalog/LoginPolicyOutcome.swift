package import Domain

/// What a change of an organisation's rule of logins came to.
package enum LoginPolicyOutcome: Hashable, Sendable {
    /// Who requires it of all has none: that would be the first to be shut out.
    case needsOwnFactor
    /// Done, with the logins that ended: those of people without a second factor.
    case changed(ended: [SessionID])
}
