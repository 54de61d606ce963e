import SharedState
import TestSupport
import Testing

/// The connection against real servers: who it trusts, and what it says if something is wrong.
struct RedisConnectionTests {
    private static let secret = "canary-of-the-password"

    private func configuration(
        _ server: RedisServer,
        isSecure: Bool = false,
        authorities: String? = nil
    ) -> RedisConfiguration {
        RedisConfiguration(
            host: "127.0.0.1",
            port: server.port,
            isSecure: isSecure,
            authorities: authorities
        )
    }

    /// Why it is not taken; nil if it is.
    private func failure(_ configuration: RedisConfiguration) -> RedisError? {
        do {
            var connection = try RedisConnection.open(configuration)
            _ = try connection.milliseconds()
            return nil
        } catch {
            return error
        }
    }

    @Test func `a certificate must be of the host and of a known authority`() throws {
        let good = try RedisServer(.valid)
        #expect(
            failure(configuration(good, isSecure: true, authorities: good.authorities)) == nil
        )
        var byName = configuration(good, isSecure: true, authorities: good.authorities)
        byName.host = "localhost"
        #expect(failure(byName) == nil)
        let unknown = failure(configuration(good, isSecure: true))
        #expect(unknown?.code == .tls, "\(String(describing: unknown))")
        let other = try RedisServer(.otherHost)
        let wrongHost = failure(
            configuration(other, isSecure: true, authorities: other.authorities)
        )
        #expect(wrongHost?.code == .tls)
        #expect(wrongHost?.message.contains("127.0.0.1") == true)
        let own = try RedisServer(.selfSigned)
        let selfSigned = failure(
            configuration(own, isSecure: true, authorities: own.authorities)
        )
        #expect(selfSigned?.code == .tls)
        #expect(selfSigned?.message.contains("self-signed") == true)
        let plain = try RedisServer()
        let noTLS = failure(configuration(plain, isSecure: true))
        #expect(noTLS?.message.hasSuffix("does this port speak TLS?") == true)
        let unexpected = failure(configuration(good))
        #expect(unexpected?.message.hasSuffix("use rediss://") == true)
        for error in [unknown, wrongHost, selfSigned, noTLS, unexpected].compactMap(\.self) {
            print("refused: \(error)")
        }
    }

    @Test func `a wrong password is told without it, and rights can be few`() throws {
        let server = try RedisServer(settings: ["--requirepass", Self.secret])
        var configuration = configuration(server)
        #expect(failure(configuration)?.code == .refused)
        configuration.password = Self.secret + "x"
        let wrong = try #require(failure(configuration))
        #expect(wrong.code == .refused)
        #expect(!"\(wrong) \(configuration)".contains(Self.secret))
        #expect(!String(reflecting: configuration).contains(Self.secret))
        configuration.password = Self.secret
        configuration.database = 3
        #expect(failure(configuration) == nil)
        configuration.database = 9_999
        #expect(failure(configuration)?.code == .server)
        // A user that may do what is needed and nothing else.
        configuration.database = 0
        var owner = try RedisConnection.open(configuration)
        let made = try owner.run(
            RedisCommand(
                "ACL",
                "SETUSER",
                "sparc",
                "on",
                ">\(Self.secret)2",
                "~sparc:hints:*",
                "+xadd",
                "+xread",
                "+time",
                "+select"
            )
        )
        #expect(made == .bytes(Array("OK".utf8)))
        configuration.user = "sparc"
        configuration.password = Self.secret + "2"
        var few = try RedisConnection.open(configuration)
        let start = RedisStream.Position(milliseconds: 0)
        let own = RedisStream(key: "sparc:hints:1:x")
        let page = try few.exchange(own, adding: [[1, 0, 255], []], after: start)
        #expect(page.messages == [[1, 0, 255], []] && !page.isFull)
        let rest = try few.exchange(own, adding: [], after: page.position)
        #expect(rest.messages.isEmpty && rest.position == page.position)
        do {
            _ = try few.exchange(RedisStream(key: "other"), adding: [[1]], after: start)
            Issue.record("it wrote to another key")
        } catch {
            #expect(error.code == .refused)
        }
        // A server that does not know the command says what it was sent.
        let strange = try RedisServer(settings: ["--rename-command", "AUTH", ""])
        var told = self.configuration(strange)
        told.user = "u"
        told.password = Self.secret
        let unknown = try #require(failure(told))
        #expect(unknown.code == .refused && !"\(unknown)".contains(Self.secret))
        // An open server, and a password all the same.
        let open = try RedisServer()
        var useless = self.configuration(open)
        useless.password = Self.secret
        #expect(failure(useless)?.code == .refused)
    }

    @Test func `it waits for nothing for ever`() async throws {
        let server = try RedisServer()
        var connection = try RedisConnection.open(configuration(server))
        _ = try connection.milliseconds()
        // A connection may be older than one may take to make.
        try await Task.sleep(for: RedisConnection.connectTimeout + .milliseconds(200))
        _ = try connection.milliseconds()
        server.stop()
        do {
            _ = try connection.milliseconds()
            Issue.record("a server that hangs answered")
        } catch {
            #expect(error.code == .timeout)
        }
        // The kernel takes the connection, nobody answers.
        #expect(failure(configuration(server))?.code == .timeout)
        server.resume()
        #expect(failure(configuration(server)) == nil)
        server.kill()
        #expect(failure(configuration(server))?.code == .unreachable)
        try server.start()
        #expect(failure(configuration(server)) == nil)
    }

    @Test func `a stream keeps the last messages, and a full page is read over TLS`() throws {
        let server = try RedisServer(.valid)
        var connection = try RedisConnection.open(
            configuration(server, isSecure: true, authorities: server.authorities)
        )
        let stream = RedisStream(key: "s")
        let message = [UInt8](repeating: 7, count: 4_096)
        var start = RedisStream.Position(milliseconds: 0)
        for _ in 0..<25 {
            _ = try connection.exchange(
                stream,
                adding: Array(repeating: message, count: 16),
                after: RedisStream.Position(milliseconds: .max)
            )
        }
        let page = try connection.exchange(stream, adding: [], after: start)
        #expect(page.messages == Array(repeating: message, count: RedisStream.pageLimit))
        #expect(page.isFull)
        start = page.position
        let rest = try connection.exchange(stream, adding: [], after: start)
        #expect(rest.messages.count == 200 && rest.isFull)
        for _ in 0..<(RedisStream.lengthLimit / 500 + 10) {
            _ = try connection.exchange(
                stream,
                adding: Array(repeating: [1], count: 500),
                after: RedisStream.Position(milliseconds: .max)
            )
        }
        let length = try connection.run(RedisCommand("XLEN", "s"))
        print("entries that stay of 25,400: \(length)")
        guard case .integer(let count) = length else {
            Issue.record("no length")
            return
        }
        // Whole nodes go, of a hundred entries each.
        #expect(20_000...20_200 ~= count)
    }

    @Test func `a key of another kind and a stream that is too long to read are errors`() throws {
        let server = try RedisServer()
        var connection = try RedisConnection.open(configuration(server))
        _ = try connection.run(RedisCommand("SET", "k", "v"))
        let start = RedisStream.Position(milliseconds: 0)
        do {
            _ = try connection.exchange(RedisStream(key: "k"), adding: [[1]], after: start)
            Issue.record("a string was a stream")
        } catch {
            #expect(error.code == .server)
        }
        var big = RedisCommand("XADD", "big", "*", "m")
        big.words.append(Array(repeating: 1, count: RedisConnection.replyLimit))
        _ = try RedisConnection.value(try connection.run(big))
        do {
            _ = try connection.exchange(RedisStream(key: "big"), adding: [], after: start)
            Issue.record("an answer without a limit")
        } catch {
            #expect(error.code == .malformed)
        }
    }
}
