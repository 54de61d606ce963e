internal import Domain

/// The event that tells of somebody who has a password and tries codes.
enum LoginEvent {
    private struct Members: Encodable {
        var userId: UserID
        /// Where the last try came from.
        var address: String
        var userAgent: String
    }

    static func codesGuessed(
        _ user: UserID,
        address: String,
        agent: String,
        at now: WallTime
    ) -> Event {
        let members = Members(
            userId: user,
            address: address,
            userAgent: String(agent.prefix(256))
        )
        return Event(
            kind: .codesGuessed,
            at: now,
            data: String(decoding: JSONText.encode(members), as: UTF8.self)
        )
    }
}
