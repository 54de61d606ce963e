/// `email` and `email_verified` (OpenID Connect Core 1.0 section 5.1), of an ID token or UserInfo.
struct EmailClaims: Decodable {
    var email: String?
    var isVerified: Bool?

    private enum CodingKeys: String, CodingKey {
        case email
        case isVerified = "email_verified"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        email = try? container.decodeIfPresent(String.self, forKey: .email)
        guard container.contains(.isVerified) else { return }
        // Some providers send a text; anything but these two is a no.
        let flag = try? container.decode(Bool.self, forKey: .isVerified)
        let text = try? container.decode(String.self, forKey: .isVerified)
        isVerified = flag ?? (text == "true")
    }
}
