internal import Catalog
internal import Domain
internal import Identity

/// Who may give which role.
extension APIServices {
    /// Refuses a role that allows more than who gives it may, and one that does not exist.
    func checkMayGive(_ name: RoleName, _ principal: Principal) async throws {
        var permissions = name.role.permissions
        if name.role == .owner, !principal.permissions.isSuperset(of: permissions) {
            throw Problem(.forbidden, "Only an owner makes or changes owners.")
        }
        if let id = RoleID(name.text) {
            guard let role = try await catalog.role(principal.tenant, id) else {
                throw Problem.invalid("role", "there is no such role", example: RoleName.example)
            }
            permissions = Self.permissions(role.permissions)
        }
        try Self.checkMayGive(permissions, principal)
    }

    /// Nobody gives what one does not have.
    static func checkMayGive(
        _ permissions: Set<Permission>,
        _ principal: Principal
    ) throws(Problem) {
        let missing = permissions.subtracting(principal.permissions)
        guard missing.isEmpty else {
            throw Problem(
                .forbidden,
                "Nobody gives more than one has: you lack "
                    + missing.map(\.rawValue).sorted().joined(separator: ", ") + "."
            )
        }
    }

    /// All that a person may do, in the whole organisation and at single sites and cameras.
    static func held(_ user: User, _ grants: [RoleGrant]) -> Set<Permission> {
        let whole = (Role.named(user.role)?.permissions ?? []).union(permissions(user.permissions))
        return grants.reduce(into: whole) { $0.formUnion(permissions(of: $1)) }
    }
}
