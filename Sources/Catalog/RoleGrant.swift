package import Domain

/// A role that a person has at one site or one camera.
package struct RoleGrant: Hashable, Sendable {
    /// Most of them of one person.
    package static let limit = 1_000

    /// Where it counts.
    package enum Scope: Hashable, Sendable {
        /// All cameras of a site, now and later.
        case site(SiteID)
        case camera(CameraID)
    }

    package var id: GrantID
    package var user: UserID
    /// A role of `Identity`, or the id of one of the organisation's own.
    package var role: String
    /// What one of the organisation's own allows; nil for a built-in one.
    package var permissions: [String]?
    package var scope: Scope
    package var createdAt: WallTime
}
