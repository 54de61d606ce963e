internal import FoundationEssentials

/// The answer of a provider's UserInfo endpoint (OpenID Connect Core 1.0 section 5.3), for providers
/// that do not put the e-mail address into the ID token.
package enum UserInfo {
    /// Bytes of the longest answer.
    package static let lengthLimit = 65_536

    private struct Members: Decodable {
        var sub: String
    }

    /// Adds the address to what the ID token says; unchanged unless the answer is of the same person
    /// (section 5.3.4: anything else must not be used).
    package static func adding(_ bytes: [UInt8], to claims: IDTokenClaims) -> IDTokenClaims {
        let data = Data(bytes)
        guard bytes.count <= lengthLimit,
            let members = try? JSONDecoder().decode(Members.self, from: data),
            members.sub == claims.subject,
            let email = try? JSONDecoder().decode(EmailClaims.self, from: data)
        else { return claims }
        return IDTokenClaims(
            subject: claims.subject,
            email: email.email,
            isEmailVerified: email.isVerified,
            methods: claims.methods
        )
    }
}
