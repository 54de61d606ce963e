/// The body of `POST /api/v1/users`, checked.
package struct InvitationRequest: Hashable, Sendable {
    private static let example = #"{"email":"you@example.com","role":"operator"}"#

    package var email: String
    package var role: RoleName

    /// Reads and checks a body; reports all wrong members at once.
    package init(body: [UInt8]) throws(Problem) {
        var reader = try BodyReader(body: body, example: Self.example)
        email = reader.requiredText(
            "email",
            limit: EmailAddress.limit,
            example: "you@example.com"
        ).trimmed()
        if reader.problems.isEmpty, !EmailAddress.isOne(email) {
            reader.report("email", "is not an e-mail address", example: "you@example.com")
        }
        let role = RoleName.required(&reader)
        reader.reportUnknown(known: "email, role")
        try reader.finish()
        guard let role else { throw Problem.invalid([]) }
        self.role = role
    }
}
