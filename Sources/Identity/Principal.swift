package import Domain

/// Who is asking, as a valid access token says.
package struct Principal: Hashable, Sendable {
    package var tenant: TenantID
    package var user: UserID
    package var role: Role

    package init(tenant: TenantID, user: UserID, role: Role) {
        self.tenant = tenant
        self.user = user
        self.role = role
    }

    /// Whether the role has the permission.
    package func may(_ permission: Permission) -> Bool {
        role.permissions.contains(permission)
    }
}
