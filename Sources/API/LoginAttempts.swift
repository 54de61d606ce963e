package import Domain
internal import Identity
internal import Synchronization

/// The login attempts that this process remembers.
package final class LoginAttempts: Sendable {
    private let throttle = Mutex(LoginThrottle())

    /// The account that a login names.
    static func key(tenant: String, email: String) -> String {
        "login\n\(tenant.trimmed().lowercased())\n\(email.trimmed().lowercased())"
    }

    package init() {}

    /// Seconds to wait, or nil if the attempt may go on.
    package func begin(_ account: String, now: WallTime) -> Int64? {
        throttle.withLock { $0.begin(account, now: now) }
    }

    /// The attempt came to no answer about the password; it does not count.
    /// - Parameter began: What `begin` was told.
    package func unchecked(_ account: String, began: WallTime) {
        throttle.withLock { $0.unchecked(account, began: began) }
    }

    /// The password was right.
    package func succeeded(_ account: String) {
        throttle.withLock { $0.succeeded(account) }
    }
}
