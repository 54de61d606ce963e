/// A moment on a clock that never steps: nanoseconds since an arbitrary start (CLOCK_MONOTONIC).
///
/// Only differences mean anything. State machines get it as a value; they never read a clock.
package struct MonotonicTime: Hashable, Sendable, Comparable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    package static func + (left: Self, right: Duration) -> Self {
        let (seconds, attoseconds) = right.components
        return MonotonicTime(
            nanoseconds: left.nanoseconds &+ seconds &* 1_000_000_000
                &+ attoseconds / 1_000_000_000
        )
    }

    package static func - (left: Self, right: Self) -> Duration {
        .nanoseconds(left.nanoseconds &- right.nanoseconds)
    }
}
