import Testing

@testable import SharedState

/// Answers as they come, whole, in pieces, and as nobody should send them.
struct RedisReaderTests {
    private func read(_ text: String, pieces: Int) throws(RedisError) -> [RedisReply] {
        var reader = try RedisReader()
        var replies: [RedisReply] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            try reader.feed(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
            while let reply = try reader.next() { replies.append(reply) }
        }
        return replies
    }

    @Test func `an answer is the same in whatever pieces it comes`() throws {
        let text = "+OK\r\n:-7\r\n$3\r\na\r\n\r\n$-1\r\n*3\r\n:1\r\n*0\r\n$0\r\n\r\n-ERR x\r\n"
        let expected: [RedisReply] = [
            .bytes(Array("OK".utf8)), .integer(-7), .bytes([97, 13, 10]), .null,
            .array([.integer(1), .array([]), .bytes([])]), .error("ERR x"),
        ]
        for pieces in 1...text.utf8.count {
            let found = try read(text, pieces: pieces)
            #expect(found == expected)
        }
    }

    @Test func `what is no answer is an error and nothing worse`() {
        var refused = 0
        let hostile = [
            "HTTP/1.1 400 Bad Request\r\n", "*4097\r\n", "*2147483647\r\n", "*-2\r\n", "$-7\r\n",
            "*99999999999999999999\r\n", String(repeating: "*1\r\n", count: 20) + ":1\r\n",
            "\u{0}\u{0}\r\n", ":x\r\n",
        ]
        for text in hostile {
            do throws(RedisError) {
                _ = try read(text, pieces: 7)
            } catch {
                #expect(error.code == .malformed)
                refused += 1
            }
        }
        print("hostile answers: \(hostile.count), refused: \(refused)")
        #expect(refused >= hostile.count - 1)
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("*$:+-0129\r\n a".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            _ = try? read(String(decoding: bytes, as: UTF8.self), pieces: 13)
        }
    }

    @Test func `a page of a stream is read only in its own shape`() {
        let start = RedisStream.Position(milliseconds: 5)
        func page(_ reply: RedisReply) -> RedisStream.Page? {
            RedisStream.page(reply, after: start)
        }
        func text(_ text: String) -> RedisReply { .bytes(Array(text.utf8)) }
        #expect(page(.null)?.messages.isEmpty == true)
        let entry = RedisReply.array([text("9-1"), .array([text("m"), text("x")])])
        let gone = RedisReply.array([text("9-2"), .null])
        let good = page(.array([.array([text("s"), .array([entry, gone])])]))
        #expect(good?.messages == [[120], []])
        #expect(good?.position == RedisStream.Position(milliseconds: 9, number: 2))
        for reply: RedisReply in [
            .integer(1), .array([]), .array([.array([text("s")])]),
            .array([.array([text("s"), .null])]),
            .array([.array([text("s"), .array([.integer(1)])])]),
            .array([.array([text("s"), .array([.array([text("x"), .null])])])]),
        ] {
            #expect(page(reply) == nil)
        }
    }
}
