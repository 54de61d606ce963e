/// How the decision ended.
package enum ProviderLoginOutcome<Refusal: Error & Sendable>: Sendable {
    case granted
    case refused(Refusal)
    /// The organisation requires a second factor, and the login showed none.
    case needsSecondFactor
    /// The provider was switched off or removed meanwhile.
    case gone
}
