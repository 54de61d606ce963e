internal import Catalog
package import Identity

/// The body that makes or changes a role of the organisation's own, checked.
package struct RoleRequest: Hashable, Sendable {
    private static let example = #"{"name":"Night shift","permissions":["cameras.read"]}"#
    private static let permissionsExample = #"["cameras.read"]"#

    /// Nil leaves it.
    package var name: String?
    /// Nil leaves them.
    package var permissions: Set<Permission>?

    /// Reads and checks a body; reports all wrong members at once.
    /// - Parameter isNew: Whether both members are needed.
    package init(body: [UInt8], isNew: Bool) throws(Problem) {
        var reader = try BodyReader(body: body, example: Self.example)
        name =
            isNew
            ? reader.requiredText("name", limit: OwnRole.nameLimit, example: "Night shift")
                .trimmed()
            : reader.text("name", limit: OwnRole.nameLimit, example: "Night shift")?.trimmed()
        if let name, reader.problems.isEmpty,
            name.isEmpty || name.unicodeScalars.count > OwnRole.nameLimit
        {
            reader.report("name", "has no or too many characters", example: "Night shift")
        }
        if let name, Role.named(name.lowercased()) != nil, reader.problems.isEmpty {
            reader.report("name", "is a built-in role, or an id", example: "Night shift")
        }
        permissions = Self.permissions(&reader, isNeeded: isNew)
        if !isNew, name == nil, permissions == nil, reader.problems.isEmpty {
            reader.report("name", "or permissions must be there", example: "Night shift")
        }
        reader.reportUnknown(known: "name, permissions")
        try reader.finish()
    }

    private static func permissions(
        _ reader: inout BodyReader,
        isNeeded: Bool
    ) -> Set<Permission>? {
        guard let value = reader.take("permissions") else {
            if isNeeded {
                reader.report("permissions", "is missing", example: permissionsExample)
            }
            return nil
        }
        guard case .array(let values) = value, !values.isEmpty else {
            reader.report(
                "permissions",
                "must be an array of one or more permissions",
                example: permissionsExample
            )
            return nil
        }
        var permissions: Set<Permission> = []
        for value in values {
            guard case .string(let text) = value, let permission = Permission(rawValue: text) else {
                reader.report(
                    "permissions",
                    "may have only: " + Permission.allCases.map(\.rawValue).joined(separator: ", "),
                    example: permissionsExample
                )
                return nil
            }
            permissions.insert(permission)
        }
        return permissions
    }
}
