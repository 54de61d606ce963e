internal import Domain
package import Identity

/// A role in a request: a built-in one, or the id of one of the organisation's own.
package struct RoleName: Hashable, Sendable {
    package static let example = "operator"

    /// As rows have it.
    package var text: String
    package var role: Role

    /// The member `role`; nil if absent or wrong.
    package init?(_ reader: inout BodyReader) {
        guard let text = reader.text("role", limit: 64, example: Self.example) else { return nil }
        guard let role = Role.named(text.lowercased()) else {
            let words = Role.builtIn.map(\.rawValue).joined(separator: ", ")
            reader.report(
                "role",
                "must be one of: \(words); or the id of a role of the organisation's own",
                example: Self.example
            )
            return nil
        }
        self.text = text.lowercased()
        self.role = role
    }

    /// As above; reports a member that is not there.
    package static func required(_ reader: inout BodyReader) -> RoleName? {
        let before = reader.problems.count
        let name = RoleName(&reader)
        if name == nil, reader.problems.count == before {
            reader.report("role", "is missing", example: Self.example)
        }
        return name
    }
}
