/// `JWT_EXPIRES_IN` and `REFRESH_TOKEN_EXPIRES_IN`: how long the tokens of a login are good.
package struct TokenLifetimes: Hashable, Sendable {
    /// Seconds. The longest life of an access token. Its end is heard of within seconds, but not by a
    /// coordinator that the database does not answer: this is how long somebody who was disabled then
    /// still watches.
    package static let longestAccess: Int64 = 900

    /// Seconds that an access token is good.
    package var access: Int64
    /// Seconds that a refresh token is good: a week away from the screen.
    package var refresh: Int64

    /// Reads both; an access token above the limit gets the limit, and a note says so: the
    /// deployment guide's 24h is in many files.
    package init(reader: inout SettingsReader) {
        let wanted = reader.duration("JWT_EXPIRES_IN", 60...(365 * 86_400), default: 600)
        access = min(wanted, Self.longestAccess)
        if wanted > access {
            reader.note(
                "JWT_EXPIRES_IN is \(DurationText.text(wanted)); "
                    + "\(DurationText.text(access)) is used, the most there is: while the database is "
                    + "away nobody hears of its end, and clients renew it with the refresh token"
            )
        }
        refresh = reader.duration(
            "REFRESH_TOKEN_EXPIRES_IN",
            3_600...(90 * 86_400),
            default: 7 * 86_400
        )
    }
}
