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

    private let outbox: HintOutbox?

    /// - Parameter outbox: To the other coordinators; nil: none is told.
    package init(outbox: HintOutbox? = nil) {
        self.outbox = outbox
    }

    /// Seconds to wait, or nil if the attempt may go on; then `end` must be told what it came to.
    package func begin(_ attempt: LoginAttempt, now: WallTime) -> Int64? {
        let counted = outbox?.blinded(attempt) ?? attempt
        return limits.withLock { $0.begin(counted, now: now) }
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
        let counted = outbox?.blinded(attempt) ?? attempt
        limits.withLock { $0.end(counted, outcome, began: began) }
        outbox?.login(counted, outcome)
    }

    /// What a login came to on another coordinator.
    /// - Parameters:
    ///   - attempt: Blinded.
    ///   - moment: When.
    package func learn(_ attempt: LoginAttempt, _ outcome: LoginLimits.Outcome, at moment: WallTime)
    {
        limits.withLock { $0.learn(attempt, outcome, at: moment) }
    }
}
