internal import Domain
package import Identity

/// The body of `POST /api/v1/api-keys`, checked.
package struct APIKeyRequest: Hashable, Sendable {
    private static let example =
        #"{"name":"Backup","permissions":["cameras.read"],"expires_in_days":90}"#
    private static let nameLimit = 200
    private static let permissionsExample = #"["cameras.read"]"#

    package var name: String
    package var permissions: Set<Permission>
    package var days: Int

    /// Reads and checks a body; reports all wrong members at once.
    package init(body: [UInt8]) throws(Problem) {
        var reader = try BodyReader(body: body, example: Self.example)
        name = reader.requiredText("name", limit: Self.nameLimit, example: "Backup").trimmed()
        if name.unicodeScalars.count > Self.nameLimit || name.isEmpty, reader.problems.isEmpty {
            reader.report("name", "has no or too many characters", example: "Backup")
        }
        permissions = Self.permissions(&reader)
        let before = reader.problems.count
        let days = reader.integer("expires_in_days", APIKey.lifetimeDays, example: "90")
        if days == nil, reader.problems.count == before {
            reader.report("expires_in_days", "is missing: every key ends", example: "90")
        }
        self.days = days ?? 1
        reader.reportUnknown(known: "name, permissions, expires_in_days")
        try reader.finish()
    }

    private static func permissions(_ reader: inout BodyReader) -> Set<Permission> {
        guard case .array(let values)? = reader.take("permissions"), !values.isEmpty else {
            reader.report(
                "permissions",
                "must be an array of one or more permissions",
                example: permissionsExample
            )
            return []
        }
        var permissions: Set<Permission> = []
        for value in values {
            guard case .string(let text) = value, let permission = Permission(rawValue: text) else {
                reader.report(
                    "permissions",
                    "may have only: " + Permission.allCases.map(\.rawValue).joined(separator: ", "),
                    example: permissionsExample
                )
                return []
            }
            permissions.insert(permission)
        }
        return permissions
    }
}
