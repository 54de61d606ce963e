/// Why a login through a provider came to nothing, as the login page may say it: a closed list, of
/// which none tells whether an organisation or an account exists.
package enum ProviderLoginFailure: String, Sendable, Hashable, CaseIterable {
    /// No such organisation, no provider that is switched on, or one that does not answer.
    case unavailable
    /// Begun in another browser or more than ten minutes ago, or finished already.
    case expired
    /// The person, or the provider, said no.
    case denied
    /// The provider's answer is wrong, or it gave none.
    case providerFailed = "provider_failed"
    /// Who it is is clear, but there is no account for that person.
    case notAllowed = "not_allowed"
    /// The organisation requires a second factor, and the provider does not say that there was one.
    case secondFactorNeeded = "second_factor_needed"
}
