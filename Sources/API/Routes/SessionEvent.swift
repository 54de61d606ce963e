internal import Domain

/// The event that tells of a refresh token in two hands.
enum SessionEvent {
    private struct Members: Encodable {
        var sessionId: SessionID
        var userId: UserID
        var address: String
        var userAgent: String
    }

    static func reused(_ session: LoginSession, at now: WallTime) -> Event {
        let members = Members(
            sessionId: session.id,
            userId: session.user,
            address: session.address,
            userAgent: session.agent
        )
        return Event(
            kind: .sessionReused,
            at: now,
            data: String(decoding: JSONText.encode(members), as: UTF8.self)
        )
    }
}
