package import Domain
package import Identity
internal import Synchronization

/// The logins that were tried lately, as this process remembers them.
package final class LoginAttempts: Sendable {
    private let limits = Mutex(LoginLimits())

    package init() {}

    /// Seconds to wait, or nil if the attempt may go on; then `end` must be told what it came to.
    package func begin(_ attempt: LoginAttempt, now: WallTime) -> Int64? {
        limits.withLock { $0.begin(attempt, now: now) }
    }

    /// - Parameter began: What `begin` was told.
    package func end(_ attempt: LoginAttempt, _ outcome: LoginLimits.Outcome, began: WallTime) {
        limits.withLock { $0.end(attempt, outcome, began: began) }
    }
}
