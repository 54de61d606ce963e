package import Domain
internal import HTTPTypes
package import Identity
internal import Synchronization

/// The rate limits of this process. Several coordinators each count for themselves, and tell one
/// another where there is a way.
package final class RequestRates: Sendable {
    private let limiter: Mutex<RateLimiter>
    private let clock: @Sendable () -> MonotonicTime
    private let outbox: HintOutbox?

    /// - Parameters:
    ///   - outbox: To the other coordinators; nil: none is told.
    ///   - clock: Given by tests.
    package init(
        _ limits: RateLimits,
        outbox: HintOutbox? = nil,
        clock: (@Sendable () -> MonotonicTime)? = nil
    ) {
        self.outbox = outbox
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
        let holder =
            isPerson
            ? RateHolder(.person, principal.user.uuid) : RateHolder(.key, principal.session.uuid)
        let states = limiter.withLock { limiter in
            limiter.take(kind, principal: holder, tenant: principal.tenant, now: now)
        }
        RateNote.current?.note(states)
        guard let wait = states.filter(\.isExceeded).map(\.reset).max() else {
            if !states.isEmpty { outbox?.took(kind, holder, of: principal.tenant) }
            return
        }
        throw Problem(
            .tooManyRequests,
            "There are too many \(kind.rawValue) for now; wait \(max(1, wait)) s.",
            headers: [.retryAfter: "\(max(1, wait))"]
        )
    }

    /// Requests that another coordinator let through.
    /// - Parameter age: How long ago.
    package func learn(_ holder: RateHolder, _ kind: RequestKind, count: Int, age: Duration) {
        let moment = clock() + (.zero - age)
        limiter.withLock { $0.learn(holder, kind, count: count, at: moment) }
    }
}
