package import Domain

/// How often something may happen, for each of many keys: so many at once, and then one in each
/// interval. A value, without clock or I/O.
///
/// Of each key only the moment is kept at which all that was taken will have come back (the generic
/// cell rate algorithm of ITU-T I.371).
package struct RateTable: Sendable {
    /// Keys that are remembered; beyond it the one that has taken least is forgotten.
    package static let countLimit = 10_000

    /// How many may be taken at once by who took none.
    package let burst: Int64
    /// Microseconds in which one comes back.
    package let interval: Int64

    private var full: [String: Int64] = [:]

    /// - Parameters:
    ///   - burst: 1 or more.
    ///   - interval: Microseconds, 1 or more.
    package init(burst: Int64, interval: Int64) {
        self.burst = max(1, burst)
        self.interval = max(1, interval)
    }

    /// Microseconds until one may be taken; 0: at once. Takes none.
    package func wait(_ key: String, now: WallTime) -> Int64 {
        let until = full[key] ?? now.microseconds
        return max(0, until - now.microseconds - (burst - 1) * interval)
    }

    /// Takes one, whether there is one or not.
    package mutating func take(_ key: String, now: WallTime) {
        if full[key] == nil { makeRoom(now: now.microseconds) }
        full[key] = max(full[key] ?? 0, now.microseconds) + interval
    }

    /// Gives back what was taken.
    package mutating func giveBack(_ key: String) {
        guard let until = full[key] else { return }
        full[key] = until - interval
    }

    private mutating func makeRoom(now: Int64) {
        guard full.count >= Self.countLimit else { return }
        full = full.filter { $0.value > now }
        if full.count >= Self.countLimit, let least = full.min(by: { $0.value < $1.value }) {
            full[least.key] = nil
        }
    }
}
