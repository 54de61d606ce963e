package import Domain
package import Identity
package import Keys
internal import Synchronization

/// What the other coordinators are to be told, until somebody fetches it. Nobody waits here for more
/// than a moment's lock.
package final class HintOutbox: Sendable {
    private let pending = Mutex(PendingHints())
    private let blinding: [UInt8]
    private let now: @Sendable () -> WallTime

    package init(keys: KeyRing, now: @escaping @Sendable () -> WallTime) {
        blinding = keys.derive(.hintBlinding)
        self.now = now
    }

    /// What waits, and how much was dropped since the last time.
    package func drain() -> (hints: [Hint], dropped: Int) {
        let now = now()
        return pending.withLock { $0.drain(now: now) }
    }

    func ended(_ sessions: [SessionID]) {
        pending.withLock { pending in
            for session in sessions { pending.ended(session) }
        }
    }

    func took(_ kind: RequestKind, _ holder: RateHolder, of tenant: TenantID) {
        let now = now()
        pending.withLock { pending in
            pending.took(holder, kind, now: now)
            pending.took(RateHolder(.tenant, tenant.uuid), kind, now: now)
        }
    }

    func blinded(_ attempt: LoginAttempt) -> LoginAttempt {
        attempt.blinded(blinding)
    }

    /// - Parameter attempt: Blinded.
    func login(_ attempt: LoginAttempt, _ outcome: LoginLimits.Outcome) {
        let now = now()
        pending.withLock { $0.login(attempt, outcome, now: now) }
    }
}
