/// Why a login ended before its time. A closed list; released words never change.
package enum SessionEnd: String, Sendable, Hashable, CaseIterable {
    /// Its person logged out.
    case loggedOut = "logged_out"
    /// Its person ended it from another one.
    case ended
    /// A refresh token of it was used again long after it was exchanged.
    case reused
    /// The password was changed from another one.
    case passwordChanged = "password_changed"
    /// The person's role or second factor was changed, or the password by an invitation, or a second
    /// factor is required by now.
    case rightsChanged = "rights_changed"
    /// The person was disabled.
    case disabled
    /// The person has more at once than the limit; it was the oldest.
    case tooMany = "too_many"
    /// The organisation was suspended or closed.
    case suspended
}
