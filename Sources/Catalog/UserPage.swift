import Domain

/// A page of an organisation's people, in the order in which they were added.
package struct UserPage: Hashable, Sendable {
    /// Most people of a page.
    package static let limit = 500

    package var users: [ListedUser]
    /// Where the next page begins; nil at the end.
    package var next: PageCursor?
}
