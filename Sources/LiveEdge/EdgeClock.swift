package import Domain

/// The clocks of a live edge, injected.
package struct EdgeClock: Sendable {
    /// UTC, for dates and signatures.
    package var wall: @Sendable () -> WallTime
    /// Never steps, for how long a list has stood still.
    package var monotonic: @Sendable () -> MonotonicTime

    package init(
        wall: @escaping @Sendable () -> WallTime,
        monotonic: @escaping @Sendable () -> MonotonicTime
    ) {
        self.wall = wall
        self.monotonic = monotonic
    }
}
