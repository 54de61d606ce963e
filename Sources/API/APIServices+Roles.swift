internal import Catalog
internal import Domain
internal import Identity

/// Who may give which role.
extension APIServices {
    /// Refuses a role that allows more than who gives it may, and one that does not exist. That only
    /// owners make owners is decided with the person's row.
    func checkMayGive(_ name: RoleName, _ principal: Principal) async throws {
        guard name.role != .owner else { return }
        var permissions = name.role.permissions
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
}
