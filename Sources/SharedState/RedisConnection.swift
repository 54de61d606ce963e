internal import Transfer

/// One connection to Redis, ready for commands. Its calls block, never for longer than their time
/// limits: it belongs to a thread of its own.
package struct RedisConnection: ~Copyable {
    /// For name, connection and handshake together.
    package static let connectTimeout = Duration.seconds(2)
    /// For commands that are sent together and all their answers.
    package static let commandTimeout = Duration.seconds(1)
    /// Bytes of one answer: many times those of a page of the stream.
    package static let replyLimit = 8 << 20

    private let clock = ContinuousClock()
    private var bytes: ByteConnection
    private var reader: RedisReader

    /// Connects, says who we are, and chooses the database.
    package static func open(
        _ configuration: RedisConfiguration
    ) throws(RedisError) -> RedisConnection {
        var connection = RedisConnection(
            reader: try RedisReader(),
            bytes: try connect(configuration)
        )
        do throws(RedisError) {
            try connection.enter(configuration)
        } catch {
            // A server with TLS alone ends the connection without a word.
            guard !configuration.isSecure, error.code == .unreachable else { throw error }
            throw RedisError(
                .unreachable,
                "\(error.message); if this port speaks TLS alone, use rediss://"
            )
        }
        return connection
    }

    private mutating func enter(_ configuration: RedisConfiguration) throws(RedisError) {
        if let password = configuration.password {
            let command =
                if let user = configuration.user {
                    RedisCommand("AUTH", user, password)
                } else {
                    RedisCommand("AUTH", password)
                }
            if case .error(let text) = try run(command) {
                throw .of(answer: text, isSecret: true)
            }
        }
        if configuration.database != 0 {
            _ = try Self.value(try run(RedisCommand("SELECT", "\(configuration.database)")))
        }
        _ = try milliseconds()
    }

    private init(reader: consuming RedisReader, bytes: consuming ByteConnection) {
        self.reader = reader
        self.bytes = bytes
    }

    private static func connect(
        _ configuration: RedisConfiguration
    ) throws(RedisError) -> ByteConnection {
        do throws(TransferError) {
            return try ByteConnection(
                host: configuration.host,
                port: configuration.port,
                isSecure: configuration.isSecure,
                authorities: configuration.authorities,
                timeout: connectTimeout
            )
        } catch {
            // A server without TLS waits for the rest of what it takes for a command.
            guard configuration.isSecure, error.code == .timeout else { throw .of(error) }
            throw RedisError(.timeout, "\(error.message); does this port speak TLS?")
        }
    }

    /// The answer to one command.
    package mutating func run(_ command: RedisCommand) throws(RedisError) -> RedisReply {
        try run([command])[0]
    }

    /// The answers to commands that are sent together, one each. After an error that is thrown the
    /// connection is of no use any more.
    package mutating func run(_ commands: [RedisCommand]) throws(RedisError) -> [RedisReply] {
        let deadline = clock.now + Self.commandTimeout
        var output: [UInt8] = []
        for command in commands {
            guard let formatted = command.formatted else {
                throw RedisError(.malformed, "a command that cannot be written")
            }
            output += formatted
        }
        var replies: [RedisReply] = []
        do throws(TransferError) {
            try bytes.send(output, until: deadline)
        } catch {
            throw .of(error)
        }
        while replies.count < commands.count {
            replies.append(try reply(until: deadline))
        }
        return replies
    }

    private mutating func reply(
        until deadline: ContinuousClock.Instant
    ) throws(RedisError) -> RedisReply {
        var length = 0
        while true {
            if let reply = try reader.next() { return reply }
            let piece: ArraySlice<UInt8>
            do throws(TransferError) {
                piece = try bytes.receive(until: deadline)
            } catch {
                throw .of(error)
            }
            length += piece.count
            guard length <= Self.replyLimit else {
                throw RedisError(.malformed, "an answer has more than \(Self.replyLimit) bytes")
            }
            try reader.feed(piece)
        }
    }

    /// What Redis answered; throws what it says is wrong.
    package static func value(_ reply: RedisReply) throws(RedisError) -> RedisReply {
        guard case .error(let text) = reply else { return reply }
        throw .of(answer: text)
    }
}
