internal import CLinux
package import Domain
internal import Glibc

/// The two clocks of this host. State machines never read them: a shell does, once per turn.
package enum HostClocks {
    /// CLOCK_MONOTONIC.
    package static func monotonic() -> MonotonicTime {
        MonotonicTime(nanoseconds: read(CLOCK_MONOTONIC))
    }

    /// CLOCK_REALTIME, UTC.
    package static func wall() -> WallTime {
        WallTime(microseconds: read(CLOCK_REALTIME) / 1_000)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
