package import Domain

/// The buckets of all principals and organisations: a value, without clock or I/O.
package struct RateLimiter: Sendable {
    /// Buckets that are remembered. Beyond it those that are full are forgotten, which changes
    /// nothing, and then any one.
    package static let countLimit = 50_000
    /// Shortest time between two looks for full ones, which see all: nanoseconds.
    private static let sweepInterval: Int64 = 1_000_000_000

    private struct Key: Hashable {
        var holder: RateHolder
        var kind: RequestKind
    }

    /// What they may.
    package let limits: RateLimits
    private var buckets: [Key: TokenBucket] = [:]
    private var sweptAt: MonotonicTime?

    /// Buckets in memory.
    package var count: Int { buckets.count }

    package init(_ limits: RateLimits) {
        self.limits = limits
    }

    /// Counts a request, unless a limit is reached: then it costs nothing. Empty without limits.
    /// - Parameters:
    ///   - principal: Person or API key.
    ///   - tenant: Whose all together are counted too, so that many keys are no way around.
    package mutating func take(
        _ kind: RequestKind,
        principal: RateHolder,
        tenant: TenantID,
        now: MonotonicTime
    ) -> [RateState] {
        guard limits.requests(kind) > 0 else { return [] }
        let own = Key(holder: principal, kind: kind)
        let shared = Key(holder: RateHolder(.tenant, tenant.uuid), kind: kind)
        var first = bucket(own, now)
        var second = bucket(shared, now)
        let isAllowed = first.hasOne && second.hasOne
        if isAllowed {
            first.takeOne()
            second.takeOne()
        }
        for (key, bucket) in [(own, first), (shared, second)] {
            store(bucket, key, now)
        }
        return [
            state(kind.rawValue, first, isExceeded: !isAllowed && !first.hasOne),
            state("tenant-\(kind.rawValue)", second, isExceeded: !isAllowed && !second.hasOne),
        ]
    }

    /// Requests that another process let through; a bucket never has less than nothing.
    /// - Parameter moment: When that was: what has come back since then is there.
    package mutating func learn(
        _ holder: RateHolder,
        _ kind: RequestKind,
        count: Int,
        at moment: MonotonicTime
    ) {
        guard limits.requests(kind) > 0 else { return }
        let key = Key(holder: holder, kind: kind)
        var bucket = bucket(key, moment)
        bucket.take(count)
        store(bucket, key, moment)
    }

    private mutating func store(_ bucket: TokenBucket, _ key: Key, _ now: MonotonicTime) {
        if buckets[key] == nil { makeRoom(now) }
        buckets[key] = bucket
    }

    private func bucket(_ key: Key, _ now: MonotonicTime) -> TokenBucket {
        guard var bucket = buckets[key] else {
            let limit = limits.requests(key.kind)
            let capacity =
                key.holder.kind == .tenant ? limit * max(1, limits.tenantFactor) : limit
            return TokenBucket(capacity: capacity, window: RateLimits.window, now: now)
        }
        bucket.refill(now)
        return bucket
    }

    private func state(_ name: String, _ bucket: TokenBucket, isExceeded: Bool) -> RateState {
        RateState(
            name: name,
            limit: bucket.capacity,
            remaining: bucket.remaining,
            reset: bucket.reset,
            isExceeded: isExceeded
        )
    }

    private mutating func makeRoom(_ now: MonotonicTime) {
        guard buckets.count >= Self.countLimit else { return }
        let age = now.nanoseconds - (sweptAt?.nanoseconds ?? now.nanoseconds - Self.sweepInterval)
        if age >= Self.sweepInterval {
            sweptAt = now
            buckets = buckets.filter { _, bucket in
                var bucket = bucket
                bucket.refill(now)
                return !bucket.isFull
            }
        }
        while buckets.count >= Self.countLimit, let any = buckets.keys.first { buckets[any] = nil }
    }
}
