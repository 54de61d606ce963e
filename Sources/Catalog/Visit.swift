package import Domain

/// Somebody of a service provider works in a client's organisation for a while.
package struct Visit: Hashable, Sendable {
    /// Most visits of a page.
    package static let pageLimit = 500
    /// Minutes that one may last.
    package static let minutes = 5...240

    /// The id of the login too.
    package var id: SessionID
    /// Whose organisation is visited.
    package var tenant: TenantID
    package var provider: TenantID
    /// The visitor, of the provider's people.
    package var user: UserID
    package var email: String
    /// A role of `Identity`, opaque here.
    package var role: String
    package var reason: String
    package var beganAt: WallTime
    package var expiresAt: WallTime
    package var endedAt: WallTime?
}
