/// What a provider says of who logged in, checked.
package struct IDTokenClaims: Hashable, Sendable {
    /// Names the person at the provider, for ever (OpenID Connect Core 1.0 section 2); 255 bytes at
    /// most.
    package var subject: String
    /// As the provider has it.
    package var email: String?
    /// Whether the provider vouches for the address; nil: it does not say.
    package var isEmailVerified: Bool?

    /// How the person showed who it is, `amr` (RFC 8176 section 2); empty: it does not say.
    package var methods: Set<String>

    package init(
        subject: String,
        email: String?,
        isEmailVerified: Bool?,
        methods: Set<String> = []
    ) {
        self.subject = subject
        self.email = email
        self.isEmailVerified = isEmailVerified
        self.methods = methods
    }

    /// What says of itself that it is a second factor, or that there was one: several factors, a
    /// one-time password, proof of a key, a smart card. A word in a text message or a call is none:
    /// it goes to whoever has the number. Biometry alone is none either: it opens what others prove.
    private static let secondFactors: Set = ["mfa", "otp", "hwk", "swk", "sc"]

    /// Whether the provider says that a second factor was shown.
    package var showSecondFactor: Bool {
        !methods.isDisjoint(with: Self.secondFactors)
    }
}
