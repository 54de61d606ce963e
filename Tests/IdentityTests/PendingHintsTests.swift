import Domain
import Identity
import Testing

/// Hints that wait: bounded, the oldest dropped and counted.
struct PendingHintsTests {
    private let now = WallTime(seconds: 1_800_000_000)

    private func later(_ seconds: Int64) -> WallTime {
        WallTime(microseconds: now.microseconds + seconds * 1_000_000)
    }

    @Test func `ends wait without limit of time, the last so many of them`() {
        var pending = PendingHints()
        let sessions = (0..<PendingHints.endLimit + 5).map { _ in SessionID() }
        for session in sessions { pending.ended(session) }
        let (hints, dropped) = pending.drain(now: later(86_400))
        #expect(hints == sessions.dropFirst(5).map { .ended($0) })
        #expect(dropped == 5)
        #expect(pending.drain(now: now).hints.isEmpty && pending.drain(now: now).dropped == 0)
        pending.ended(sessions[0])
        #expect(pending.drain(now: now).hints == [.ended(sessions[0])])
    }

    @Test func `requests of one holder are one hint, and are not told when it is too late`() {
        var pending = PendingHints()
        let holder = RateHolder(.person, UserID().uuid)
        for _ in 0..<40 { pending.took(holder, .reads, now: now) }
        pending.took(holder, .writes, now: now)
        let (hints, dropped) = pending.drain(now: later(1))
        #expect(Set(hints) == [.took(holder, .reads, count: 40), .took(holder, .writes, count: 1)])
        #expect(dropped == 0)
        pending.took(holder, .reads, now: now)
        #expect(pending.drain(now: later(6)) == ([], 1))
        for _ in 0..<PendingHints.rateLimit + 7 {
            pending.took(RateHolder(.person, UserID().uuid), .reads, now: now)
        }
        let many = pending.drain(now: now)
        #expect(many.hints.count == PendingHints.rateLimit && many.dropped == 7)
    }

    @Test func `logins are told with their age until they are as good as forgotten`() {
        var pending = PendingHints()
        let attempt = LoginAttempt(tenant: "t", email: "e", address: nil).blinded([1])
        pending.login(attempt, .unchecked, now: now)
        pending.login(attempt, .wrong, now: now)
        pending.login(attempt, .right, now: later(10))
        #expect(
            pending.drain(now: later(30)).hints
                == [.login(attempt, .wrong, age: 30), .login(attempt, .right, age: 20)]
        )
        pending.login(attempt, .wrong, now: now)
        #expect(pending.drain(now: later(HintInbox.memory + 1)) == ([], 1))
        for _ in 0..<PendingHints.loginLimit + 3 { pending.login(attempt, .wrong, now: now) }
        let many = pending.drain(now: now)
        #expect(many.hints.count == PendingHints.loginLimit && many.dropped == 3)
    }

    @Test func `failures that another coordinator told count as if they were here`() {
        let attempt = LoginAttempt(tenant: "t", email: "e", address: IPAddress("192.0.2.1"))
        for here in 0...LoginThrottle.freeAttempts {
            var limits = LoginLimits()
            for _ in 0..<here {
                #expect(limits.begin(attempt, now: now) == nil)
                limits.end(attempt, .wrong, began: now)
            }
            for _ in here..<LoginThrottle.freeAttempts { limits.learn(attempt, .wrong, at: now) }
            #expect(limits.begin(attempt, now: now) == LoginThrottle.firstWait)
            // As long as ago as it was.
            #expect(limits.begin(attempt, now: later(LoginThrottle.firstWait)) == nil)
        }
        var right = LoginLimits()
        for _ in 0..<LoginThrottle.freeAttempts { right.learn(attempt, .wrong, at: now) }
        right.learn(attempt, .right, at: now)
        #expect(right.begin(attempt, now: now) == nil)
        // What failed after it stays.
        var late = LoginLimits()
        for _ in 0..<LoginThrottle.freeAttempts { late.learn(attempt, .wrong, at: later(60)) }
        late.learn(attempt, .right, at: now)
        #expect(late.begin(attempt, now: later(60)) != nil)
        var rate = LoginLimits()
        for _ in 0..<LoginLimits.successBurst { rate.learn(attempt, .right, at: now) }
        #expect(rate.begin(attempt, now: now) != nil)
        var address = LoginLimits()
        for number in 0..<LoginLimits.addressBurst {
            let other = LoginAttempt(
                tenant: "t",
                email: "\(number)",
                address: IPAddress("192.0.2.1")
            )
            address.learn(other, .wrong, at: now)
        }
        #expect(address.begin(attempt, now: now) != nil)
    }

    @Test func `requests that another coordinator let through are taken, never below nothing`() {
        var limiter = RateLimiter(RateLimits(reads: 60, writes: 5, playlists: 0, tenantFactor: 2))
        let person = RateHolder(.person, UserID().uuid)
        let tenant = TenantID()
        func at(_ seconds: Double) -> MonotonicTime {
            MonotonicTime(nanoseconds: Int64(seconds * 1e9))
        }
        func left(_ seconds: Double) -> Int? {
            limiter.take(.reads, principal: person, tenant: tenant, now: at(seconds)).first?
                .remaining
        }
        limiter.learn(person, .reads, count: 40, at: at(0))
        #expect(left(0) == 19)
        limiter.learn(person, .reads, count: 1_000_000, at: at(0))
        limiter.learn(person, .reads, count: -5, at: at(0))
        #expect(left(0) == 0)
        // It fills as always: nothing that was told is owed for longer.
        #expect(left(10) == 9)
        limiter.learn(RateHolder(.tenant, tenant.uuid), .reads, count: 120, at: at(10))
        let refused = limiter.take(.reads, principal: person, tenant: tenant, now: at(10))
        #expect(refused.last?.isExceeded == true && refused.first?.isExceeded == false)
        // What was let through before this process began has come back since.
        var young = RateLimiter(RateLimits(reads: 60, writes: 0, playlists: 0))
        young.learn(person, .reads, count: 60, at: at(-30))
        #expect(
            young.take(.reads, principal: person, tenant: tenant, now: at(0)).first?.remaining == 29
        )
        young.learn(person, .writes, count: 5, at: at(0))
        #expect(young.count == 2)
    }
}
