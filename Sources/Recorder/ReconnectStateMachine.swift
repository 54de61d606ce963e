package import Domain

/// When to connect to a camera again. A value: time and chance come from outside.
///
/// After a failure it waits a random time between a tenth of a second and a ceiling that doubles
/// with each failure in a row (full jitter: cameras that lost their switch together do not come
/// back together). After a wrong password it tries seldom, because cameras lock accounts.
package struct ReconnectStateMachine: Sendable {
    /// What went wrong, as far as it matters for the next attempt.
    package enum Failure: Sendable, Hashable {
        /// No connection, no answer, or a broken stream: will pass.
        case passing
        /// The camera refused the credentials.
        case authentication
        /// The same attempt fails until a setting changes: tried seldom, so that a camera that was
        /// set right comes back by itself.
        case lasting
    }

    /// Ceiling after the first failure.
    package static let firstCeiling = Duration.milliseconds(500)
    /// Highest ceiling: what a camera that is back has to wait at most.
    package static let lastCeiling = Duration.seconds(30)
    /// Shortest wait, so that no chance makes a loop of connects.
    package static let shortest = Duration.milliseconds(100)
    /// A session that lasted this long was a good one: the next failure counts as the first.
    package static let healthy = Duration.seconds(10)
    /// Attempts with refused credentials in `authenticationWindow`.
    package static let authenticationAttempts = 3
    package static let authenticationWindow = Duration.seconds(600)
    /// Between such attempts, within the window.
    package static let authenticationPause = Duration.seconds(60)
    /// Redirects followed in a row, without a good session between them.
    package static let redirectLimit = 3
    /// After a failure that lasts.
    package static let lastingPause = Duration.seconds(60)

    private var failures = 0
    private var redirects = 0
    private var connectedAt: MonotonicTime?
    private var refusals: [MonotonicTime] = []

    package init() {}

    /// Media arrives.
    package mutating func connected(at now: MonotonicTime) {
        connectedAt = now
        refusals = []
    }

    /// The attempt or the session failed; returns how long to wait.
    /// - Parameter chance: Uniform over all its values.
    package mutating func failed(
        _ failure: Failure,
        at now: MonotonicTime,
        chance: UInt64
    ) -> Duration {
        endSession(at: now)
        redirects = 0
        switch failure {
        case .passing:
            failures = min(failures + 1, 16)
            let ceiling = min(Self.lastCeiling, Self.firstCeiling * (1 << (failures - 1)))
            return Self.shortest + fraction(of: ceiling - Self.shortest, chance)
        case .lasting:
            failures = min(failures + 1, 16)
            return Self.lastingPause + fraction(of: Self.lastingPause / 4, chance)
        case .authentication:
            refusals.removeAll { now - $0 >= Self.authenticationWindow }
            refusals.append(now)
            guard refusals.count >= Self.authenticationAttempts, let oldest = refusals.first
            else { return Self.authenticationPause }
            return max(Self.authenticationPause, oldest + Self.authenticationWindow - now)
        }
    }

    /// The camera sent us to another address; returns how long to wait before going there, or nil
    /// if it has done so too often: that is a failure.
    ///
    /// It counts as a failure that passes, so that cameras that send us to and fro are asked ever
    /// more seldom, also when each of them answers PLAY first.
    /// - Parameter chance: Uniform over all its values.
    package mutating func redirected(at now: MonotonicTime, chance: UInt64) -> Duration? {
        endSession(at: now)
        guard redirects < Self.redirectLimit else { return nil }
        let followed = redirects + 1
        let pause = failed(.passing, at: now, chance: chance)
        redirects = followed
        return pause
    }

    private mutating func endSession(at now: MonotonicTime) {
        if let connectedAt, now - connectedAt >= Self.healthy {
            failures = 0
            redirects = 0
        }
        connectedAt = nil
    }

    private func fraction(of span: Duration, _ chance: UInt64) -> Duration {
        let nanoseconds = MonotonicTime(nanoseconds: 0) + span
        let parts = UInt64(max(0, nanoseconds.nanoseconds))
        return .nanoseconds(Int64(chance.multipliedFullWidth(by: parts + 1).high))
    }
}
