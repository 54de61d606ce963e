package import Domain
internal import HTTPTypes
package import Identity
internal import Synchronization

/// The rate limits of this process. Several coordinators each count for themselves, and tell one
/// another where there is a way.
package final class RequestRates: Sendable {
    private let limiter: Mutex<RateLimiter>
    private let unknown: Mutex<UnknownCallers>
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
        unknown = Mutex(UnknownCallers(limit: limits.unknown))
        let start = ContinuousClock.now
        self.clock =
            clock ?? { MonotonicTime(nanoseconds: 0) + (ContinuousClock.now - start) }
    }

    /// Counts a request of a person. Throws the problem of a limit that is reached.
    func take(_ kind: RequestKind, user: UserID, of tenant: TenantID) throws(Problem) {
        try take(kind, holder: RateHolder(.person, user.uuid), tenant)
    }

    /// Counts a request of an API key, as that of a person.
    func take(_ kind: RequestKind, key: APIKeyID, of tenant: TenantID) throws(Problem) {
        try take(kind, holder: RateHolder(.key, key.uuid), tenant)
    }

    /// Counts a request that shows no valid credential, or one that is not known to be valid yet.
    /// Throws the problem of the limit if it is reached.
    /// - Parameter caller: Where it comes from, by `LoginAttempt.block`, or the session whose token
    ///   it shows.
    func takeUnknown(_ caller: String) throws(Problem) {
        let now = clock()
        guard let wait = unknown.withLock({ $0.take(caller, now: now) }) else { return }
        throw Problem(
            .tooManyRequests,
            "There are too many requests without a valid credential from you; wait "
                + "\(wait) s.",
            headers: [.retryAfter: "\(wait)"]
        )
    }

    /// Takes back what `takeUnknown` counted: the credential was good.
    func giveBackUnknown(_ caller: String) {
        unknown.withLock { $0.giveBack(caller) }
    }

    private func take(
        _ kind: RequestKind,
        holder: RateHolder,
        _ tenant: TenantID
    ) throws(Problem) {
        let now = clock()
        let states = limiter.withLock { limiter in
            limiter.take(kind, principal: holder, tenant: tenant, now: now)
        }
        RateNote.current?.note(states)
        guard let wait = states.filter(\.isExceeded).map(\.reset).max() else {
            if !states.isEmpty { outbox?.took(kind, holder, of: tenant) }
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
