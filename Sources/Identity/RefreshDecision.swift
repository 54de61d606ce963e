package import Domain

/// What becomes of a refresh token that is shown (RFC 9700 section 4.14.2): a value, without clock
/// or I/O.
///
/// A token is good once. Shown again within the grace it gives the same successor: two tabs, or an
/// answer that was lost. Shown again later it is a copy in foreign hands, and the session ends.
package enum RefreshDecision: Hashable, Sendable {
    /// A successor with this number is made.
    case rotate(to: Int64)
    /// The successor that there is, with this number, is given again.
    case again(Int64)
    /// A copy: the session ends.
    case reused
    /// The session has ended or expired, or never had such a token.
    case refused

    /// Seconds in which a second use of a token gives the same successor.
    package static let grace: Int64 = 30

    /// - Parameter generation: Of the token that is shown, which is authentic.
    package static func decide(
        _ generation: Int64,
        of session: LoginSession,
        now: WallTime
    ) -> RefreshDecision {
        guard session.endedAt == nil, now < session.expiresAt, generation <= session.generation
        else { return .refused }
        if generation == session.generation { return .rotate(to: generation + 1) }
        let age = now.microseconds - session.rotatedAt.microseconds
        if generation == session.generation - 1, age <= grace * 1_000_000 {
            return .again(session.generation)
        }
        return .reused
    }
}
