package import Domain

/// What a quota would take of an organisation's footage as it is: a value.
package struct QuotaForecast: Hashable, Sendable {
    package var storedBytes: Int
    /// Bytes above the quota.
    package var deletedBytes: Int
    /// Midnight UTC up to which everything would go; nil if nothing would.
    package var until: WallTime?

    /// - Parameters:
    ///   - days: Bytes by day, as days since 1970, the oldest first.
    ///   - quota: Bytes; nil: none.
    package init(_ days: [(day: Int, bytes: Int)], quota: Int?) {
        let stored = days.reduce(0) { $0 + $1.bytes }
        let excess = quota.map { max(0, stored - $0) } ?? 0
        storedBytes = stored
        deletedBytes = excess
        var gone = 0
        for (day, bytes) in days where gone < excess {
            gone += bytes
            until = CivilDate(daysSinceEpoch: Int64(day) + 1).start
        }
    }
}
