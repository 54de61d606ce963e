package import Domain

/// When something reached this machine, on both of its clocks, read at the same moment.
package struct Arrival: Hashable, Sendable {
    /// Never steps; all spans between arrivals come from it.
    package var monotonic: MonotonicTime
    /// The host's idea of UTC; compared with `monotonic` to notice a step of the host's clock.
    package var wall: WallTime

    package init(monotonic: MonotonicTime, wall: WallTime) {
        self.monotonic = monotonic
        self.wall = wall
    }

    /// Microseconds to add to the monotonic clock to get the wall clock.
    var wallOffset: Int64 {
        wall.microseconds &- monotonic.microseconds
    }
}

extension MonotonicTime {
    /// Whole microseconds, rounded down.
    var microseconds: Int64 {
        nanoseconds.quotientRoundedDown(by: 1_000)
    }

    /// On the scale of `MediaTime`, 90,000 ticks a second, rounded down; only differences mean
    /// anything.
    var ticks: Int64 {
        let (seconds, rest) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000)
        return seconds &* MediaTime.ticksPerSecond
            &+ (rest &* 9).quotientRoundedDown(by: 100_000)
    }
}

extension Int64 {
    /// Division that rounds towards negative infinity, for a positive divisor.
    func quotientRoundedDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient &- 1 : quotient
    }
}
