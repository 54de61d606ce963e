internal import Domain

/// The event that tells of a refresh token in two hands.
enum SessionEvent {
    private struct Members: Encodable {
        var sessionId: SessionID
        var userId: UserID
        var address: String
        var userAgent: String
        /// Who showed the copy, or the one that was copied.
        var shownByAddress: String
        var shownByUserAgent: String
    }

    static func reused(
        _ session: LoginSession,
        address: String,
        agent: String,
        at now: WallTime
    ) -> Event {
        let members = Members(
            sessionId: session.id,
            userId: session.user,
            address: session.address,
            userAgent: session.agent,
            shownByAddress: address,
            shownByUserAgent: String(agent.prefix(256))
        )
        return Event(
            kind: .sessionReused,
            at: now,
            data: String(decoding: JSONText.encode(members), as: UTF8.self)
        )
    }
}
