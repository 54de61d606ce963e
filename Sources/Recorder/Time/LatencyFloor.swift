import Domain

/// The lowest difference between arrival and media time of the last one to two buckets: what a
/// unit takes to get here when nothing holds it up. Everything above it is jitter.
struct LatencyFloor: Sendable {
    private let bucket: Int64
    private var bucketStart: Int64 = 0
    private var current: Int64?
    private var previous: Int64?

    init(bucket: MediaTime) {
        self.bucket = bucket.ticks
    }

    /// Ticks to add to media time to get the monotonic clock; nil before the first unit.
    var value: Int64? {
        guard let current else { return previous }
        return previous.map { min($0, current) } ?? current
    }

    /// `value` once it has stood for at least a bucket: one late unit cannot be behind it.
    var settledValue: Int64? {
        previous == nil ? nil : value
    }

    mutating func note(_ difference: Int64, at arrival: Int64) {
        guard let lowest = current, arrival - bucketStart < bucket else {
            previous = arrival - bucketStart < 2 * bucket ? current : nil
            current = difference
            bucketStart = arrival
            return
        }
        current = min(lowest, difference)
    }
}
