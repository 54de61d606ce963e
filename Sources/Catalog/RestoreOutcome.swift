/// What one transaction restored.
package struct RestoreOutcome: Hashable, Sendable {
    /// One for each chunk, in their order.
    package var verdicts: [RestoreVerdict]
    /// Organisations and cameras that were unknown.
    package var tenants = 0
    package var cameras = 0
    package var gaps = 0
    /// Starts of gaps that are there with another end or reason, and stay as they are.
    package var differingGaps = 0
}
