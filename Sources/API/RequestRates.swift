package import Domain
internal import HTTPTypes
internal import Identity
internal import Synchronization

/// The rate limits of this process. Several coordinators each count for themselves.
package final class RequestRates: Sendable {
    private let limiter: Mutex<RateLimiter>
    private let clock: @Sendable () -> MonotonicTime

    /// - Parameter clock: Given by tests.
    package init(_ limits: RateLimits, clock: (@Sendable () -> MonotonicTime)? = nil) {
        limiter = Mutex(RateLimiter(limits))
        let start = ContinuousClock.now
        self.clock =
            clock ?? { MonotonicTime(nanoseconds: 0) + (ContinuousClock.now - start) }
    }

    /// Counts a request of somebody who is known. Throws the problem of a limit that is reached.
    func take(_ kind: RequestKind, _ principal: Principal) throws(Problem) {
        let now = clock()
        // A playlist's ticket has a scope, as a key has, and is its person's all the same.
        let isPerson = principal.scope == nil || kind == .playlists
        let holder = isPerson ? "user/\(principal.user)" : "key/\(principal.session)"
        let states = limiter.withLock { limiter in
            limiter.take(kind, principal: holder, tenant: principal.tenant, now: now)
        }
        RateNote.current?.note(states)
        guard let wait = states.filter(\.isExceeded).map(\.reset).max() else { return }
        throw Problem(
            .tooManyRequests,
            "There are too many \(kind.rawValue) for now; wait \(max(1, wait)) s.",
            headers: [.retryAfter: "\(max(1, wait))"]
        )
    }
}
