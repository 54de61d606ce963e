package import Domain
internal import Identity
internal import Synchronization

/// Attempts at a secret that somebody must give besides what let them in, by whoever makes them, as
/// this process remembers them. Apart from those of logins: nobody pushes these out with made-up
/// accounts.
package final class GuessedSecrets: Sendable {
    private let throttle = Mutex(LoginThrottle())

    package init() {}

    /// Seconds to wait, or nil if the attempt may go on.
    package func begin(_ who: String, now: WallTime) -> Int64? {
        throttle.withLock { $0.begin(who, now: now) }
    }

    /// The attempt came to no answer about the secret; it does not count.
    /// - Parameter began: What `begin` was told.
    package func unchecked(_ who: String, began: WallTime) {
        throttle.withLock { $0.unchecked(who, began: began) }
    }

    /// The secret was right.
    package func succeeded(_ who: String) {
        throttle.withLock { $0.succeeded(who) }
    }
}
