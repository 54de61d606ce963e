package import Domain

/// Who is asking, as a valid access token or key says.
package struct Principal: Hashable, Sendable {
    package var tenant: TenantID
    package var user: UserID
    package var role: Role
    /// The role as the person's row has it: of one of the organisation's own its id.
    package var roleName: String
    /// What one of the organisation's own allows; empty with a built-in one.
    package var ownPermissions: Set<Permission>
    /// The login that the token comes from; of a key, its own id as one.
    package var session: SessionID
    /// The organisation that somebody on a visit comes from; nil: the person is of the tenant.
    package var home: TenantID?
    /// Whether it is a key, and no login.
    package var isKey = false
    /// The part of the role's permissions that a key or a playlist's URL has; nil: all.
    package var scope: Set<Permission>?
    /// Whether the login is good for nothing but enrolling a second factor.
    package var enrolsOnly: Bool

    package init(
        tenant: TenantID,
        user: UserID,
        role: Role,
        session: SessionID,
        scope: Set<Permission>? = nil,
        home: TenantID? = nil,
        roleName: String? = nil,
        ownPermissions: Set<Permission> = [],
        enrolsOnly: Bool = false
    ) {
        self.roleName = roleName ?? role.rawValue
        self.ownPermissions = ownPermissions
        self.home = home
        self.tenant = tenant
        self.user = user
        self.role = role
        self.session = session
        self.scope = scope
        self.enrolsOnly = enrolsOnly
    }

    /// What the role allows, and the key if it is one; nothing before a second factor is enrolled that
    /// must be.
    package var permissions: Set<Permission> {
        if enrolsOnly { return [] }
        var all = role.permissions.union(ownPermissions)
        if home != nil { all.subtract(Permission.neverOnVisits) }
        return scope.map { all.intersection($0) } ?? all
    }

    package func may(_ permission: Permission) -> Bool {
        permissions.contains(permission)
    }
}
