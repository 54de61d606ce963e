package import Domain

/// An organisation.
package struct Tenant: Hashable, Sendable {
    package var id: TenantID
    package var name: String
    package var createdAt: WallTime
}
