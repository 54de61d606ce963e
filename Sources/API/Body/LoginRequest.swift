/// The body of `POST /api/v1/auth/login`, checked. Prints neither password nor code.
struct LoginRequest: CustomStringConvertible, CustomReflectable {
    private static let example =
        #"{"email":"you@example.com","password":"…","tenant":"example"}"#
    /// Characters of a device's token, and more than enough.
    private static let deviceLimit = 200

    /// As they find the row: whatever the case and the spaces around.
    var email: String
    var tenant: String
    var password: String
    /// Of an authenticator, or a recovery code.
    var code: String?
    var deviceToken: String?

    /// Reads a body; all wrong fields are reported at once.
    init(body: [UInt8]) throws(Problem) {
        var reader = try BodyReader(body: body, example: Self.example)
        email = reader.requiredText("email", limit: 254, example: "you@example.com")
            .trimmed().lowercased()
        password = reader.requiredText("password", limit: 256, example: "a long sentence")
        tenant = reader.requiredText("tenant", limit: 253, example: "example")
            .trimmed().lowercased()
        code = reader.text("code", limit: 64, example: "123456")
        deviceToken = reader.text("device_token", limit: Self.deviceLimit, example: "sparc_dev_…")
        reader.reportUnknown(known: "email, password, tenant, code, device_token")
        try reader.finish()
    }

    var description: String { "login to \(tenant)" }

    var customMirror: Mirror { Mirror(self, children: ["tenant": tenant]) }
}
