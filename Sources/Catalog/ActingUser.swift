package import Domain

/// Who changes people, as an access token says; it is compared with the row before anything is
/// changed.
package struct ActingUser: Hashable, Sendable {
    package var tenant: TenantID
    package var id: UserID
    /// A role of `Identity`, opaque here.
    package var role: String

    package init(tenant: TenantID, id: UserID, role: String) {
        self.tenant = tenant
        self.id = id
        self.role = role
    }
}
