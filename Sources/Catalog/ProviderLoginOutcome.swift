/// How the decision ended.
package enum ProviderLoginOutcome<Refusal: Error & Sendable>: Sendable {
    case granted
    case refused(Refusal)
    /// The provider was switched off or removed meanwhile.
    case gone
}
