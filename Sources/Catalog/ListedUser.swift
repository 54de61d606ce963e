package import Domain

/// A person as a list shows one.
package struct ListedUser: Hashable, Sendable {
    package var user: User
    /// Until when the person can choose a password; nil if there is no invitation.
    package var invitedUntil: WallTime?
    /// Whether the person has a password.
    package var canLogIn: Bool
    /// Whether the person has confirmed a second factor.
    package var hasSecondFactor: Bool
}
