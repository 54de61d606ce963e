internal import Identity

/// The body of `POST /api/v1/setup`, checked. Prints neither token nor password.
struct SetupRequest: CustomStringConvertible, CustomReflectable {
    private static let example =
        #"{"token":"…","organisation":"Example Ltd","tenant":"example","#
        + #""email":"you@example.com","password":"a long sentence"}"#

    var token: String
    var organisation: String
    var tenant: String
    var email: String
    var password: String

    /// Reads a body; all wrong fields are reported at once.
    init(body: [UInt8]) throws(Problem) {
        var reader = try BodyReader(body: body, example: Self.example)
        token = reader.requiredText("token", limit: 256, example: "the text after #token=")
        organisation =
            reader.requiredText("organisation", limit: 200, example: "Example Ltd").trimmed()
        tenant = reader.requiredText("tenant", limit: 253, example: "example").lowercased()
        email = reader.requiredText("email", limit: 254, example: "you@example.com").trimmed()
        password = reader.requiredText(
            "password",
            limit: PasswordRule.longestLength,
            example: "a long sentence"
        )
        reader.reportUnknown(known: "token, organisation, tenant, email, password")
        check(&reader)
        try reader.finish()
    }

    /// The rules beyond lengths; only for fields of which nothing was said so far.
    private func check(_ reader: inout BodyReader) {
        let wrong = Set(reader.problems.map(\.field))
        func report(_ field: String, _ problem: String?, example: String) {
            if let problem, !wrong.contains(field) {
                reader.report(field, problem, example: example)
            }
        }
        report(
            "organisation",
            organisation.isEmpty ? "is empty" : nil,
            example: "Example Ltd"
        )
        report(
            "tenant",
            Self.isDomain(tenant)
                ? nil
                : "must be of letters, digits and hyphens, with dots between the parts of a domain",
            example: "example"
        )
        report(
            "email",
            EmailAddress.isOne(email) ? nil : "is not an e-mail address",
            example: "you@example.com"
        )
        report(
            "password",
            PasswordRule.problem(password, knowing: [email, organisation, tenant]),
            example: "a long sentence"
        )
    }

    /// Labels as host names have them (RFC 1123).
    static func isDomain(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.utf8.count <= 63 && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { 97...122 ~= $0 || 48...57 ~= $0 || $0 == 45 }
        }
    }

    var description: String { "set-up of \(tenant)" }

    var customMirror: Mirror { Mirror(self, children: ["tenant": tenant]) }
}
