/// What becomes of a request whose key is known already.
package enum IdempotencyDecision: Hashable, Sendable {
    /// It is done now: nothing was done under this key, or it was forgotten since.
    case begin
    /// It was done; this is the sealed answer.
    case answer([UInt8])
    /// The key was used for another request (422).
    case reused
    /// Another one is being done (409).
    case inFlight

    /// Decides from the row of a key.
    /// - Parameters:
    ///   - fingerprint: Of the request that comes now.
    ///   - known: Of the one that the row was made for.
    ///   - answer: Sealed; nil while nothing was changed under the key.
    ///   - age: Seconds since the row was claimed.
    package static func decide(
        fingerprint: [UInt8],
        known: [UInt8],
        answer: [UInt8]?,
        age: Double
    ) -> IdempotencyDecision {
        // Before the other comparisons: after a day a key is as new.
        if age >= Double(IdempotentRequest.lifetime) { return .begin }
        let isLost = answer == nil && age >= Double(IdempotentRequest.leaseSeconds)
        if isLost { return .begin }
        guard fingerprint == known else { return .reused }
        return answer.map { .answer($0) } ?? .inFlight
    }
}
