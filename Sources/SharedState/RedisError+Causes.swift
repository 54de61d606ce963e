internal import Transfer

extension RedisError {
    /// Characters of a server's own words that are repeated.
    private static let textLimit = 120

    /// The one place that reads why a connection failed.
    static func of(_ error: TransferError) -> RedisError {
        switch error.code {
        case .timeout: RedisError(.timeout, error.message)
        case .tls: RedisError(.tls, error.message)
        case .tooLarge: RedisError(.malformed, error.message)
        default: RedisError(.unreachable, error.message)
        }
    }

    /// The one place that reads Redis' error words.
    /// - Parameter isSecret: Whether the command held a password: a server that does not know the command
    ///   repeats what it was sent.
    static func of(answer: String, isSecret: Bool = false) -> RedisError {
        let text = String(
            answer.unicodeScalars.prefix(textLimit).map {
                32...126 ~= $0.value ? Character($0) : "?"
            }
        )
        let word = text.prefix { $0 != " " }
        switch word {
        case "WRONGPASS":
            return RedisError(.refused, "Redis does not take this user and password")
        case "NOAUTH":
            return RedisError(.refused, "Redis wants a password; REDIS_URL has none")
        case "NOPERM":
            return RedisError(.refused, "the user may not do this: \(text)")
        default:
            // Of the default user without a password, an old server says only ERR.
            if text.hasPrefix("ERR AUTH") || text.hasPrefix("ERR Client sent AUTH") {
                return RedisError(
                    .refused,
                    "Redis has no password for this user; REDIS_URL has one"
                )
            }
            guard !isSecret else {
                return RedisError(.refused, "Redis does not take a password: \(word.prefix(16))")
            }
            return RedisError(.server, "Redis answered: \(text)")
        }
    }
}
