package import Domain

/// Whether something that may be down is to be tried now: closed for a while after each failure,
/// and open for one try at a time until one succeeds. A value without clock or randomness.
package struct RetryGate: Sendable, Hashable {
    /// Failures since the last success.
    package private(set) var failures = 0
    private var closedUntil: MonotonicTime?
    private let backoff: FullJitterBackoff

    package init(_ backoff: FullJitterBackoff) {
        self.backoff = backoff
    }

    /// Tries that may be under way at this moment: 0, 1 or `limit`.
    package func allowance(at now: MonotonicTime, limit: Int) -> Int {
        if let closedUntil, now < closedUntil { return 0 }
        return failures == 0 ? limit : min(1, limit)
    }

    package mutating func succeeded() {
        failures = 0
        closedUntil = nil
    }

    /// Another sign that it is there again: one try is allowed at once, and tells.
    package mutating func reopen() {
        closedUntil = nil
    }

    /// Closes the gate for a while.
    ///
    /// - Parameters:
    ///   - now: A clock that never steps.
    ///   - random: Evenly spread over 0..<1.
    package mutating func failed(at now: MonotonicTime, random: Double) {
        failures += 1
        closedUntil = now + backoff.delay(attempt: failures, random: random)
    }
}
