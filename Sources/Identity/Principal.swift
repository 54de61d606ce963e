package import Domain

/// Who is asking, as a valid access token says.
package struct Principal: Hashable, Sendable {
    package var tenant: TenantID
    package var user: UserID
    package var role: Role
    /// The login that the token comes from.
    package var session: SessionID

    package init(tenant: TenantID, user: UserID, role: Role, session: SessionID) {
        self.tenant = tenant
        self.user = user
        self.role = role
        self.session = session
    }

    /// Whether the role has the permission.
    package func may(_ permission: Permission) -> Bool {
        role.permissions.contains(permission)
    }
}
