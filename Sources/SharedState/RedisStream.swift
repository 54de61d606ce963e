/// A stream of messages in Redis that keeps the last ones: appended to and read in one go.
package struct RedisStream: Sendable, Hashable {
    /// Where an entry stands: milliseconds of Redis' clock, and a number within them.
    package struct Position: Sendable, Hashable, Comparable {
        package var milliseconds: UInt64
        package var number: UInt64

        package init(milliseconds: UInt64, number: UInt64 = 0) {
            self.milliseconds = milliseconds
            self.number = number
        }

        init?(_ text: String) {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, let milliseconds = UInt64(parts[0]),
                let number = UInt64(parts[1])
            else { return nil }
            self.init(milliseconds: milliseconds, number: number)
        }

        var text: String { "\(milliseconds)-\(number)" }

        package static func < (left: Self, right: Self) -> Bool {
            (left.milliseconds, left.number) < (right.milliseconds, right.number)
        }
    }

    /// Entries that are read.
    package struct Page: Sendable {
        /// The bytes of each; empty for one that is no message of ours.
        package var messages: [[UInt8]]
        /// Of the last one.
        package var position: Position
        /// Whether there may be more.
        package var isFull: Bool
    }

    /// Entries that are read at once.
    package static let pageLimit = 200
    /// Entries that stay, about: with messages of 4 KiB at most, 80 MiB of Redis' memory.
    package static let lengthLimit = 20_000
    private static let field = "m"

    /// Its key in Redis.
    package let key: String

    package init(key: String) {
        self.key = key
    }

    func append(_ message: [UInt8]) -> RedisCommand {
        // "~": whole nodes go, which costs Redis least.
        var command = RedisCommand(
            "XADD",
            key,
            "MAXLEN",
            "~",
            "\(Self.lengthLimit)",
            "*",
            Self.field
        )
        command.words.append(message)
        return command
    }

    func read(after position: Position) -> RedisCommand {
        RedisCommand("XREAD", "COUNT", "\(Self.pageLimit)", "STREAMS", key, position.text)
    }

    /// What `read` is answered: nothing, or one stream's entries, each with its fields.
    static func page(_ reply: RedisReply, after position: Position) -> Page? {
        if reply == .null { return Page(messages: [], position: position, isFull: false) }
        guard let stream = reply.elements?.first?.elements, stream.count == 2,
            let entries = stream[1].elements
        else { return nil }
        var page = Page(messages: [], position: position, isFull: entries.count >= pageLimit)
        for entry in entries {
            guard let parts = entry.elements, parts.count == 2,
                let place = parts[0].text.flatMap({ Position($0) })
            else { return nil }
            page.position = max(page.position, place)
            // One that was deleted meanwhile has no fields at all.
            if let fields = parts[1].elements, fields.count == 2, case .bytes(let bytes) = fields[1]
            {
                page.messages.append(bytes)
            } else {
                page.messages.append([])
            }
        }
        return page
    }
}

extension RedisConnection {
    /// Appends messages, and reads what came after a position, which takes one round trip.
    package mutating func exchange(
        _ stream: RedisStream,
        adding messages: [[UInt8]],
        after position: RedisStream.Position
    ) throws(RedisError) -> RedisStream.Page {
        let replies = try run(
            messages.map { stream.append($0) } + [stream.read(after: position)]
        )
        for reply in replies { _ = try Self.value(reply) }
        guard let last = replies.last, let page = RedisStream.page(last, after: position) else {
            throw RedisError(.malformed, "the stream \(stream.key) holds something else")
        }
        return page
    }

    /// Redis' own clock: milliseconds since 1970.
    package mutating func milliseconds() throws(RedisError) -> UInt64 {
        let reply = try Self.value(try run(RedisCommand("TIME")))
        guard let parts = reply.elements, parts.count == 2,
            let seconds = parts[0].text.flatMap({ UInt64($0) }), seconds < 1 << 50
        else { throw RedisError(.malformed, "TIME has another answer") }
        return seconds * 1_000
    }
}
