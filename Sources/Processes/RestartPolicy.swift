package import Domain

/// When a process that ended is started again: at once the first time, then with a growing wait,
/// and from the start again after it has run well for a while. A value without a clock.
package struct RestartPolicy: Sendable, Hashable {
    /// The longest wait.
    package static let waitLimit = Duration.seconds(30)
    /// A run of this length counts as healthy, if nothing else is said.
    package static let healthyRun = Duration.seconds(60)
    /// Failures in a row from which the loop is shown as such.
    package static let loopThreshold = 5

    private let healthyRun: Duration
    private var startedAt: MonotonicTime?
    /// Failures in a row.
    package private(set) var failures = 0

    /// - Parameter healthyRun: A run of this length forgives the failures before it.
    package init(healthyRun: Duration = Self.healthyRun) {
        self.healthyRun = healthyRun
    }

    package mutating func started(at now: MonotonicTime) {
        startedAt = now
    }

    /// The process ended without being asked to: how long to wait before the next start.
    package mutating func ended(at now: MonotonicTime) -> Duration {
        if let startedAt, now - startedAt >= healthyRun { failures = 0 }
        failures += 1
        guard failures > 1 else { return .milliseconds(50) }
        return min(Self.waitLimit, .milliseconds(250 << min(failures - 2, 12)))
    }

    /// Whether an operator should be told that restarting does not help.
    package var isLooping: Bool {
        failures >= Self.loopThreshold
    }
}
