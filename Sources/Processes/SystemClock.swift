package import Domain
import Foundation

/// The clocks of this machine, for the shells around state machines.
package enum SystemClock {
    /// Seconds and nanoseconds since boot or any other fixed moment.
    package static func monotonic() -> MonotonicTime {
        let elapsed = ContinuousClock.Instant.now.duration(to: origin)
        let (seconds, attoseconds) = elapsed.components
        return MonotonicTime(nanoseconds: -(seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
    }

    /// UTC.
    package static func wall() -> WallTime {
        WallTime(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded()))
    }

    private static let origin = ContinuousClock.Instant.now
}
