package import Domain

/// An organisation.
package struct Tenant: Hashable, Sendable {
    package var id: TenantID
    package var name: String
    package var createdAt: WallTime
}

/// A place with cameras.
package struct Site: Hashable, Sendable {
    package var id: SiteID
    package var name: String
    package var createdAt: WallTime
}
