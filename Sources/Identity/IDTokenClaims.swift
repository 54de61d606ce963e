/// What a provider says of who logged in, checked.
package struct IDTokenClaims: Hashable, Sendable {
    /// Names the person at the provider, for ever (OpenID Connect Core 1.0 section 2); 255 bytes at
    /// most.
    package var subject: String
    /// As the provider has it.
    package var email: String?
    /// Whether the provider vouches for the address; nil: it does not say.
    package var isEmailVerified: Bool?

    package init(subject: String, email: String?, isEmailVerified: Bool?) {
        self.subject = subject
        self.email = email
        self.isEmailVerified = isEmailVerified
    }
}
