/// Who may be whom at a provider, for the decision.
package struct ProviderLoginAccounts: Hashable, Sendable {
    /// Whom the subject is linked with.
    package var linked: User?
    /// Who has the e-mail address.
    package var named: User?
    /// Whether another subject of the provider is linked with that one.
    package var isNamedLinked: Bool
}
