/// How long to wait after the n-th failure in a row: anything between nothing and a bound that
/// doubles up to a cap, so that many who failed together do not come back together.
package struct FullJitterBackoff: Sendable, Hashable {
    /// The first bound.
    package var base: Duration
    /// The largest bound.
    package var cap: Duration

    package init(base: Duration, cap: Duration) {
        self.base = base
        self.cap = cap
    }

    /// The longest wait after `attempt` failures in a row (from 1).
    package func bound(attempt: Int) -> Duration {
        // 2^20 times any base is beyond any cap; the limit keeps the product in range.
        min(cap, base * (1 << min(20, max(1, attempt) - 1)))
    }

    /// How long to wait after `attempt` failures in a row: never less than a hundredth of the bound,
    /// so that no loop spins.
    ///
    /// - Parameters:
    ///   - attempt: From 1.
    ///   - random: Evenly spread over 0..<1.
    /// - Returns: Between a hundredth of the bound and the bound.
    package func delay(attempt: Int, random: Double) -> Duration {
        bound(attempt: attempt) * min(max(random, 0.01), 1)
    }
}
