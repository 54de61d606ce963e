package import Domain
package import Identity
internal import Synchronization

/// The sessions and login attempts that this process remembers.
///
/// In memory only: after a restart a refresh token that was used or ended before is good again
/// until it expires.
package final class Sessions: Sendable {
    private let ledger = Mutex(SessionLedger())
    private let throttle = Mutex(LoginThrottle())

    package init() {}

    /// See `SessionLedger.exchange`.
    package func exchange(
        _ claims: TokenClaims,
        for successor: TokenClaims,
        now: WallTime
    ) throws(TokenError) -> TokenClaims {
        try ledger.withLock { ledger throws(TokenError) in
            try ledger.exchange(claims, for: successor, now: now)
        }
    }

    /// See `SessionLedger.end`.
    package func end(_ claims: TokenClaims, lifetime: Int64, now: WallTime) {
        ledger.withLock { $0.end(claims, lifetime: lifetime, now: now) }
    }

    /// Seconds to wait, or nil if the attempt may go on.
    package func beginLogin(_ account: String, now: WallTime) -> Int64? {
        throttle.withLock { $0.begin(account, now: now) }
    }

    /// The password was right.
    package func loginSucceeded(_ account: String) {
        throttle.withLock { $0.succeeded(account) }
    }
}
