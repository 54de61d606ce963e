/// The body of `PATCH /api/v1/users/{id}`, checked.
package struct UserChangeRequest: Hashable, Sendable {
    private static let example = #"{"role":"operator","disabled":false}"#

    /// Nil leaves it.
    package var role: RoleName?
    package var isDisabled: Bool?

    /// Reads and checks a body; reports all wrong members at once.
    package init(body: [UInt8]) throws(Problem) {
        var reader = try BodyReader(body: body, example: Self.example)
        role = RoleName(&reader)
        isDisabled = reader.flag("disabled")
        if role == nil, isDisabled == nil, reader.problems.isEmpty {
            reader.report("role", "or disabled must be there", example: "operator")
        }
        reader.reportUnknown(known: "role, disabled")
        try reader.finish()
    }
}
