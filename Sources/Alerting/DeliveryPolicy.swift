/// What follows from an attempt to deliver a message: a value without clock or chance.
package struct DeliveryPolicy: Hashable, Sendable {
    /// What an attempt came to.
    package enum Outcome: Hashable, Sendable {
        case answered(status: Int)
        /// No answer; what happened, in words for the log.
        case failed(String, isRetryable: Bool)
    }

    /// What to do.
    package enum Decision: Hashable, Sendable {
        case delivered
        case retry(after: Duration, error: String)
        /// Never tried again.
        case abandon(error: String)
        /// The receiver says that it is gone: nothing more is sent to it.
        case disable(error: String)
    }

    /// First bound of the wait; it doubles with each attempt.
    package var base = Duration.seconds(5)
    /// Highest bound of the wait.
    package var cap = Duration.seconds(3_600)
    /// Attempts of one message.
    package var attemptLimit = 50
    /// A message older than this is not tried again, microseconds: a day.
    package var ageLimit: Int64 = 86_400_000_000
    /// A webhook that has failed for this long without a success is switched off, microseconds.
    package var failureLimit: Int64 = 86_400_000_000

    package init() {}

    /// - Parameters:
    ///   - attempt: From 1.
    ///   - age: Of the message, microseconds.
    ///   - random: Evenly spread over 0..<1.
    package func decide(
        _ outcome: Outcome,
        attempt: Int,
        age: Int64,
        random: Double
    ) -> Decision {
        let error: String
        switch outcome {
        case .answered(let status) where 200...299 ~= status: return .delivered
        case .answered(410): return .disable(error: "the receiver answered 410 Gone")
        case .answered(let status) where 300...399 ~= status:
            error = "the receiver answered \(status); redirects are not followed"
        case .answered(let status): error = "the receiver answered \(status)"
        case .failed(let text, let isRetryable):
            guard isRetryable else { return .abandon(error: text) }
            error = text
        }
        guard attempt < attemptLimit, age < ageLimit else { return .abandon(error: error) }
        // 2^20 times any base is beyond any cap; the limit keeps the product in range.
        let bound = min(cap, base * (1 << min(20, max(1, attempt) - 1)))
        return .retry(after: bound * min(max(random, 0.05), 1), error: error)
    }
}
