package import Domain

/// Which refresh tokens were used and which sessions were ended: a value, without clock or I/O.
///
/// A refresh token is good once. Used again within the grace it gives the same successor (two tabs,
/// or an answer that was lost); used again later it is a copy in foreign hands, and the session
/// ends.
package struct SessionLedger: Sendable {
    /// Seconds in which a second use of a token gives the same successor.
    package static let grace: Int64 = 30
    /// Tokens and sessions that are remembered; beyond it those that expire first are forgotten.
    package static let countLimit = 100_000

    private struct Use: Sendable {
        var successor: TokenClaims
        var usedAt: Int64
        var expiresAt: Int64
    }

    private var used: [String: Use] = [:]
    /// Family to the time after which none of its tokens is valid any more.
    private var ended: [String: Int64] = [:]

    package init() {}

    /// The claims of the token that replaces this one.
    ///
    /// - Parameter successor: What it is replaced by, if this is its first use.
    /// - Throws: `revoked` if the session has ended, now or before.
    package mutating func exchange(
        _ claims: TokenClaims,
        for successor: TokenClaims,
        now: WallTime
    ) throws(TokenError) -> TokenClaims {
        let seconds = now.microseconds / 1_000_000
        guard ended[claims.family] == nil else { throw TokenError(.revoked) }
        if let use = used[claims.id] {
            if seconds - use.usedAt <= Self.grace { return use.successor }
            end(claims.family, until: max(use.successor.expiresAt, claims.expiresAt), now: seconds)
            throw TokenError(.revoked)
        }
        makeRoom(now: seconds)
        used[claims.id] = Use(
            successor: successor,
            usedAt: seconds,
            expiresAt: claims.expiresAt
        )
        return successor
    }

    /// Ends a session: no token of its family is exchanged any more.
    package mutating func end(_ claims: TokenClaims, lifetime: Int64, now: WallTime) {
        let seconds = now.microseconds / 1_000_000
        end(claims.family, until: max(claims.expiresAt, seconds + lifetime), now: seconds)
    }

    private mutating func end(_ family: String, until: Int64, now: Int64) {
        makeRoom(now: now)
        ended[family] = until
    }

    private mutating func makeRoom(now: Int64) {
        guard used.count + ended.count >= Self.countLimit else { return }
        used = used.filter { $0.value.expiresAt > now }
        ended = ended.filter { $0.value > now }
        while used.count + ended.count >= Self.countLimit {
            let oldest = used.min { $0.value.expiresAt < $1.value.expiresAt }
            guard let oldest else { break }
            used[oldest.key] = nil
        }
    }
}
