package import Domain

/// A page of an organisation's people, in the order in which they were added.
package struct UserPage: Hashable, Sendable {
    /// Most people of a page.
    package static let limit = 500

    package var users: [ListedUser]
    /// Where the next page begins; nil at the end.
    package var next: PageCursor?
}

/// A person as a list shows one.
package struct ListedUser: Hashable, Sendable {
    package var user: User
    /// Until when the person can choose a password; nil if there is no invitation.
    package var invitedUntil: WallTime?
    /// Whether the person has a password.
    package var canLogIn: Bool
}
