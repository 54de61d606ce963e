package import Domain

/// How many requests each address has made of late that showed no valid credential. A value, without
/// clock or I/O.
///
/// Of each address only the moment is kept at which all that was taken will have come back (the
/// generic cell rate algorithm of ITU-T I.371).
package struct UnknownCallers: Sendable {
    /// Addresses that are remembered, some 5 MB. Beyond it those that have all back are forgotten,
    /// which changes nothing, and then any one.
    package static let countLimit = 50_000
    /// Shortest time between two looks for those that have all back, which see all: nanoseconds.
    private static let sweepInterval: Int64 = 1_000_000_000

    /// Requests of an address in a window, all at once if it likes; 0: no limit.
    package let limit: Int
    private var full: [String: Int64] = [:]
    private var sweptAt: Int64?

    /// Addresses in memory.
    package var count: Int { full.count }

    package init(limit: Int) {
        self.limit = max(0, limit)
    }

    /// Nanoseconds in which one comes back.
    private var interval: Int64 {
        RateLimits.window * 1_000_000_000 / Int64(max(1, limit))
    }

    /// Counts a request. Returns nil if it may go on, else the seconds to wait, 1 or more; then
    /// nothing was counted.
    package mutating func take(_ address: String, now: MonotonicTime) -> Int64? {
        guard limit > 0 else { return nil }
        let taken = max(full[address] ?? 0, now.nanoseconds) + interval
        let wait = taken - now.nanoseconds - Int64(limit) * interval
        guard wait <= 0 else { return (wait + 999_999_999) / 1_000_000_000 }
        if full[address] == nil { makeRoom(now.nanoseconds) }
        full[address] = taken
        return nil
    }

    /// Gives back what was taken: the credential turned out to be good.
    package mutating func giveBack(_ address: String) {
        guard let taken = full[address] else { return }
        full[address] = taken - interval
    }

    private mutating func makeRoom(_ now: Int64) {
        guard full.count >= Self.countLimit else { return }
        if sweptAt.map({ now - $0 >= Self.sweepInterval }) ?? true {
            sweptAt = now
            full = full.filter { $0.value > now }
        }
        while full.count >= Self.countLimit, let any = full.keys.first { full[any] = nil }
    }
}
