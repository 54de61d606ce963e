/// Why steps 1 or 2 did not succeed, and what that means for other chunks.
struct ShippingFailure: Error, Sendable {
    enum Scope: Sendable, Hashable {
        /// The store does not take anything now: every chunk would meet the same.
        case store
        /// Something about this chunk, which may pass.
        case chunk
        /// Something about this chunk that no retry mends: an alarm.
        case forGood
    }

    let step: ShippingStep
    let scope: Scope
    let reason: String
}
