package import Domain

/// A number of requests that refills evenly: a value, without clock or I/O.
package struct TokenBucket: Hashable, Sendable {
    /// Requests that it holds when it is full, and that it gets in a window.
    package let capacity: Int
    private let window: Int64
    /// Millionths of a request: whole numbers, so that no rounding adds one.
    private var level: Int64
    private var updated: MonotonicTime

    private static let unit: Int64 = 1_000_000

    /// A full one.
    /// - Parameters:
    ///   - capacity: 1 to 1,000,000,000.
    ///   - window: Seconds in which it fills, 1 or more.
    package init(capacity: Int, window: Int64, now: MonotonicTime) {
        self.capacity = min(max(1, capacity), 1_000_000_000)
        self.window = max(1, window)
        level = Int64(self.capacity) * Self.unit
        updated = now
    }

    /// Brings it to a moment; one before the last changes nothing.
    package mutating func refill(_ now: MonotonicTime) {
        let nanoseconds = now.nanoseconds - updated.nanoseconds
        guard nanoseconds > 0 else { return }
        let full = Int64(capacity) * Self.unit
        // After a window it is full, however long ago that was.
        guard nanoseconds < window * 1_000_000_000 else {
            level = full
            updated = now
            return
        }
        let gained = Double(nanoseconds) / 1e9 * Double(full) / Double(window)
        // Not even a millionth yet: the time is left for the next look.
        guard gained >= 1 else { return }
        level = min(full, level + Int64(gained))
        updated = now
    }

    /// Whether it holds a whole request.
    package var hasOne: Bool { level >= Self.unit }

    /// Whether it is as a new one.
    package var isFull: Bool { level == Int64(capacity) * Self.unit }

    /// Takes one; only if it `hasOne`.
    package mutating func takeOne() {
        level = max(0, level - Self.unit)
    }

    /// Takes as many as there are, up to a number.
    package mutating func take(_ count: Int) {
        let wanted = Int64(min(max(0, count), capacity)) * Self.unit
        level = max(0, level - wanted)
    }

    /// Whole requests that it holds.
    package var remaining: Int { Int(level / Self.unit) }

    /// Seconds, rounded up, until it holds a whole request, or, if it does, until it is full.
    package var reset: Int64 {
        let goal = hasOne ? Int64(capacity) * Self.unit : Self.unit
        let perSecond = Double(capacity) * Double(Self.unit) / Double(window)
        return Int64((Double(goal - level) / perSecond).rounded(.up))
    }
}
