package import Domain
package import Identity
internal import Synchronization

/// The logins that were tried lately, as this process remembers them.
package final class LoginAttempts: Sendable {
    /// Logins through a provider that one address may begin at once, and seconds in which it gets one
    /// back: each makes a row, and anybody can.
    package static let providerBurst: Int64 = 100
    package static let providerInterval: Int64 = 2

    private let limits = Mutex(LoginLimits())
    private let providerBegins = Mutex(
        RateTable(burst: providerBurst, interval: providerInterval * 1_000_000)
    )

    package init() {}

    /// Seconds to wait, or nil if the attempt may go on; then `end` must be told what it came to.
    package func begin(_ attempt: LoginAttempt, now: WallTime) -> Int64? {
        limits.withLock { $0.begin(attempt, now: now) }
    }

    /// Whether a login through a provider may begin; it counts then.
    package func mayBeginProviderLogin(_ address: IPAddress?, now: WallTime) -> Bool {
        guard let address else { return true }
        let key = LoginAttempt.block(address)
        return providerBegins.withLock { table in
            guard table.wait(key, now: now) == 0 else { return false }
            table.take(key, now: now)
            return true
        }
    }

    /// - Parameter began: What `begin` was told.
    package func end(_ attempt: LoginAttempt, _ outcome: LoginLimits.Outcome, began: WallTime) {
        limits.withLock { $0.end(attempt, outcome, began: began) }
    }
}
