import Domain
import Identity
import Testing

/// Buckets of requests, on a clock of the tests.
struct RateLimiterTests {
    private let tenant = TenantID()

    private func at(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(seconds * 1e9))
    }

    /// The same for the same name.
    private func person(_ name: String) -> RateHolder {
        let digits = name.utf8.map { String($0, radix: 16) }.joined()
        let text = "00000000-0000-4000-8000-" + String(("000000000000" + digits).suffix(12))
        return RateHolder(.person, SessionID(text)?.uuid ?? SessionID().uuid)
    }

    private func isAllowed(_ states: [RateState]) -> Bool {
        !states.contains { $0.isExceeded }
    }

    @Test func `a bucket gives what it holds, and refills evenly`() {
        var bucket = TokenBucket(capacity: 60, window: 60, now: at(0))
        for _ in 0..<60 {
            #expect(bucket.hasOne)
            bucket.takeOne()
        }
        #expect(!bucket.hasOne && bucket.remaining == 0 && bucket.reset == 1)
        bucket.refill(at(0.999_998))
        #expect(!bucket.hasOne)
        bucket.refill(at(1))
        #expect(bucket.hasOne && bucket.remaining == 1)
        bucket.takeOne()
        // A clock that goes back gives nothing and takes nothing.
        bucket.refill(at(-100))
        #expect(!bucket.hasOne)
        bucket.refill(at(31))
        #expect(bucket.remaining == 30 && bucket.reset == 30)
        bucket.refill(at(1_000_000_000))
        #expect(bucket.isFull && bucket.remaining == 60 && bucket.reset == 0)
    }

    @Test func `looking often gives no more than looking once`() {
        for capacity in [1, 7, 600, 1_000_000] {
            var often = TokenBucket(capacity: capacity, window: 60, now: at(0))
            var once = often
            while often.hasOne { often.takeOne() }
            while once.hasOne { once.takeOne() }
            for step in 1...1_000 {
                often.refill(MonotonicTime(nanoseconds: Int64(step) * 30_000_000))
            }
            once.refill(at(30))
            #expect(often.remaining <= once.remaining)
            #expect(once.remaining == capacity / 2)
        }
    }

    @Test func `each kind and each principal has its own, and the organisation one for all`() {
        let limits = RateLimits(reads: 10, writes: 5, playlists: 100, tenantFactor: 2)
        var limiter = RateLimiter(limits)
        func count(_ kind: RequestKind, _ principal: String, _ tries: Int) -> Int {
            (0..<tries).count { _ in
                isAllowed(
                    limiter.take(kind, principal: person(principal), tenant: tenant, now: at(0))
                )
            }
        }
        #expect(count(.writes, "a", 50) == 5)
        #expect(count(.reads, "a", 50) == 10)
        #expect(count(.reads, "b", 50) == 10)
        // Of a third there is nothing left in the organisation.
        #expect(count(.reads, "c", 50) == 0)
        #expect(count(.writes, "c", 50) == 5)
        #expect(count(.playlists, "a", 150) == 100)
        let refused = limiter.take(.reads, principal: person("c"), tenant: tenant, now: at(0))
        #expect(refused.map(\.name) == ["reads", "tenant-reads"])
        #expect(refused.map(\.isExceeded) == [false, true])
        #expect(refused.map(\.limit) == [10, 20] && refused.map(\.remaining) == [10, 0])
        // Another organisation has not heard of it.
        let other = limiter.take(.reads, principal: person("d"), tenant: TenantID(), now: at(0))
        #expect(isAllowed(other) && other.map(\.remaining) == [9, 19])
        // What was refused cost nothing.
        #expect(isAllowed(limiter.take(.reads, principal: person("c"), tenant: tenant, now: at(3))))
    }

    @Test func `in a minute nobody gets more than twice the limit, whatever the order`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            var limiter = RateLimiter(RateLimits(reads: 100, writes: 1, playlists: 1))
            var now = 0.0
            var allowed = 0
            while now < 60 {
                if isAllowed(
                    limiter.take(.reads, principal: person("a"), tenant: tenant, now: at(now))
                ) {
                    allowed += 1
                }
                now += Double.random(in: 0...0.1, using: &generator)
            }
            #expect((190...200).contains(allowed))
        }
    }

    @Test func `without limits nothing is counted, and the table has an end`() {
        var none = RateLimiter(.none)
        #expect(none.take(.reads, principal: person("a"), tenant: tenant, now: at(0)).isEmpty)
        #expect(none.count == 0)
        var limiter = RateLimiter(RateLimits(reads: 2, writes: 2, playlists: 2))
        for number in 0..<(RateLimiter.countLimit * 2) {
            _ = limiter.take(
                .reads,
                principal: person("p\(number)"),
                tenant: tenant,
                now: at(Double(number) / 1_000)
            )
        }
        #expect(limiter.count <= RateLimiter.countLimit)
        // Those that are full again go first: after a quiet minute all but the new ones.
        _ = limiter.take(.writes, principal: person("last"), tenant: tenant, now: at(1_000))
        for number in 0..<(RateLimiter.countLimit) {
            _ = limiter.take(
                .reads,
                principal: person("q\(number)"),
                tenant: tenant,
                now: at(1_001)
            )
        }
        #expect(limiter.count <= RateLimiter.countLimit)
    }
}
