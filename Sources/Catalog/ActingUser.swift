package import Domain

/// Who changes people, as an access token says; it is compared with the row before anything is
/// changed.
package struct ActingUser: Hashable, Sendable {
    package var tenant: TenantID
    package var id: UserID
    /// A role of `Identity`, opaque here.
    package var role: String

    /// The visit that the person is on; nil: the person is of the organisation.
    package var visit: SessionID?

    package init(tenant: TenantID, id: UserID, role: String, visit: SessionID? = nil) {
        self.visit = visit
        self.tenant = tenant
        self.id = id
        self.role = role
    }
}
