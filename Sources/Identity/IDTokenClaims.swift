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

    /// What the person has: a one-time password, proof of a key, a smart card. A word in a text
    /// message or a call is none: it goes to whoever has the number.
    private static let possessions: Set = ["otp", "hwk", "swk", "sc"]
    /// What the person knows or is. A code sent to a mailbox, or a certificate of a device, comes
    /// without: alone it is one factor.
    private static let others: Set = ["pwd", "pin", "kba", "fpt", "face", "iris", "retina", "vbm"]

    /// Whether the provider says that two factors were shown: so itself, or by naming one of each
    /// kind.
    package var showSecondFactor: Bool {
        methods.contains("mfa")
            || (!methods.isDisjoint(with: Self.possessions)
                && !methods.isDisjoint(with: Self.others))
    }
}
