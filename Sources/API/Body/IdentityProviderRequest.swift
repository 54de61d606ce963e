package import Domain
internal import Identity

/// The body of `POST` and `PATCH /api/v1/identity-providers…`, checked. Prints no secret.
package struct IdentityProviderRequest: Sendable, CustomStringConvertible, CustomReflectable {
    package static let example =
        #"{"name":"Example ID","issuer":"https://id.example.com","client_id":"sparc","#
        + #""client_secret":"…","email_domains":["example.com"]}"#
    private static let known =
        "name, issuer, client_id, client_secret, email_domains, assumes_verified_email, "
        + "trusted_for_second_factor, creates_people, role, enabled"
    /// Domains of one provider.
    static let domainLimit = 50

    package var name: String?
    package var issuer: String?
    package var clientID: String?
    package var clientSecret: String?
    /// In lower case.
    package var emailDomains: [String]?
    package var assumesVerifiedEmail: Bool?
    package var isTrustedForFactor: Bool?
    package var createsPeople: Bool?
    /// Never `owner`.
    package var role: String?
    package var isEnabled: Bool?

    /// Reads and checks a body; reports all wrong members at once.
    /// - Parameter isNew: Whether issuer, client and secret must be there; else there is no `issuer`.
    package init(body: [UInt8], isNew: Bool, networks: AddressPolicy) throws(Problem) {
        var reader = try BodyReader(body: body, example: Self.example)
        func text(_ name: String, _ limit: Int, _ example: String) -> String? {
            isNew
                ? reader.requiredText(name, limit: limit, example: example)
                : reader.text(name, limit: limit, example: example)
        }
        name = text("name", 200, "Example ID")
        clientID = text("client_id", 255, "sparc")
        clientSecret = text("client_secret", 1_024, "(as the provider shows it)")
        if isNew { issuer = Self.issuer(&reader, networks) }
        emailDomains = Self.domains(&reader)
        assumesVerifiedEmail = reader.flag("assumes_verified_email")
        isTrustedForFactor = reader.flag("trusted_for_second_factor")
        createsPeople = reader.flag("creates_people")
        role = Self.role(&reader)
        isEnabled = reader.flag("enabled")
        reader.reportUnknown(known: Self.known)
        try reader.finish()
    }

    /// An issuer has no query (OpenID Connect Discovery 1.0 section 3).
    private static func issuer(_ reader: inout BodyReader, _ networks: AddressPolicy) -> String? {
        let example = "https://id.example.com"
        let limit = ProviderURL.lengthLimit
        let text = reader.requiredText("issuer", limit: limit, example: example)
        guard !text.isEmpty else { return nil }
        do throws(WebhookURL.Refusal) {
            let url = try ProviderURL(text, networks: networks)
            guard !text.contains("?") else {
                throw WebhookURL.Refusal(problem: "has a query, which an issuer never has")
            }
            return url.text
        } catch {
            reader.report("issuer", error.problem, example: example)
            return nil
        }
    }

    private static func domains(_ reader: inout BodyReader) -> [String]? {
        guard let value = reader.take("email_domains") else { return nil }
        let problem = "must be an array of at most \(domainLimit) domains"
        let example = #"["example.com"]"#
        guard case .array(let values) = value, values.count <= domainLimit else {
            reader.report("email_domains", problem, example: example)
            return nil
        }
        var domains: [String] = []
        for value in values {
            guard case .string(let text) = value, isDomain(text) else {
                reader.report("email_domains", problem, example: example)
                return nil
            }
            let domain = text.lowercased()
            if !domains.contains(domain) { domains.append(domain) }
        }
        return domains
    }

    /// A name of two labels or more; other alphabets in their ASCII form.
    private static func isDomain(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253 && labels.count >= 2
            && labels.allSatisfy { label in
                1...63 ~= label.utf8.count
                    && label.utf8.allSatisfy {
                        97...122 ~= $0 || 65...90 ~= $0 || 48...57 ~= $0 || $0 == 45
                    }
            }
    }

    /// A built-in role: one of the organisation's own may be gone when somebody comes.
    private static func role(_ reader: inout BodyReader) -> String? {
        guard let name = RoleName(&reader) else { return nil }
        guard name.role != .owner, name.role != .own else {
            let words = Role.builtIn.filter { $0 != .owner }.map(\.rawValue).joined(separator: ", ")
            reader.report("role", "must be one of: \(words)", example: "viewer")
            return nil
        }
        return name.text
    }

    package var description: String {
        "(identity provider \(issuer ?? ""))"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
