import API
import Coordinator
import Domain
import Identity
import Keys
import SharedState
import TestSupport
import Testing

/// What coordinators tell one another through a real Redis, while the database tells nothing.
struct HintExchangeTests {
    private func configuration(_ server: RedisServer) -> RedisConfiguration {
        RedisConfiguration(host: "127.0.0.1", port: server.port)
    }

    private func logOut(_ api: APIClient, _ member: Member) async throws -> Int {
        try await api.send("DELETE", "/api/v1/sessions/\(member.session)", token: member.token)
            .status
    }

    @Test func `a login that ends on one coordinator is refused on the other`() async throws {
        let server = try RedisServer()
        let pair = try await CoordinatorPair(configuration(server))
        let member = try await pair.first.member()
        let other = try await pair.first.member()
        try await pair.run { first, second in
            try await pair.untilConnected()
            #expect(try await second.get("/api/v1/me", member).status == 200)
            #expect(try await logOut(first, member) == 204)
            #expect(try await first.get("/api/v1/me", member).status == 401)
            try await CoordinatorPair.until("refused by the other") {
                try await second.get("/api/v1/me", member).status == 401
            }
            #expect(try await second.get("/api/v1/me", other).status == 200)
        }
        #expect(CoordinatorPair.metric("sparc_redis_hints_sent_total", of: pair.first) == 1)
        #expect(CoordinatorPair.received(pair.second) == 1)
        #expect(CoordinatorPair.received(pair.first) == 0)
        // Without Redis nobody tells it here: it was Redis that told.
        server.kill()
        let alone = try await CoordinatorPair(configuration(server))
        try await alone.run { first, second in
            #expect(try await logOut(first, other) == 204)
            try await CoordinatorPair.until("both know that there is no Redis") {
                CoordinatorPair.metric("sparc_redis_up", of: alone.first) == 0
                    && CoordinatorPair.metric("sparc_redis_up", of: alone.second) == 0
            }
            #expect(try await first.get("/api/v1/me", other).status == 401)
            #expect(try await second.get("/api/v1/me", other).status == 200)
        }
    }

    @Test func `requests of both coordinators take from one limit`() async throws {
        let server = try RedisServer()
        let limits = RateLimits(reads: 20, writes: 20, playlists: 20, tenantFactor: 2)
        let pair = try await CoordinatorPair(configuration(server), limits: limits)
        let member = try await pair.first.member()
        let stranger = try await pair.first.member()
        let colleagues = [
            try await pair.first.member(.owner, of: member.tenant),
            try await pair.first.member(.owner, of: member.tenant),
        ]
        try await pair.run { first, second in
            try await pair.untilConnected()
            for _ in 0..<12 { #expect(try await first.get("/api/v1/me", member).status == 200) }
            // What ends after them is told after them, or with them.
            #expect(try await logOut(first, stranger) == 204)
            try await CoordinatorPair.until("the other has heard of all") {
                let status = try await second.get("/api/v1/me", stranger).status
                let sent = CoordinatorPair.metric("sparc_redis_hints_sent_total", of: pair.first)
                return status == 401
                    && CoordinatorPair.received(pair.second) == sent.map { Int($0) }
            }
            var own = 0
            for _ in 0..<20 where try await second.get("/api/v1/me", member).status == 200 {
                own += 1
            }
            #expect(own == 8)
            // The organisation's limit is one too: 20 are gone of 40 by now.
            var passed = 0
            for colleague in colleagues {
                for _ in 0..<20 where try await second.get("/api/v1/me", colleague).status == 200 {
                    passed += 1
                }
            }
            #expect(passed == 20)
            print("limits over two coordinators: of 20 \(12 + own) passed, of 40 \(20 + passed)")
        }
    }

    @Test func `wrong passwords count on both coordinators, and after a restart`() async throws {
        let server = try RedisServer()
        let pair = try await CoordinatorPair(configuration(server))
        let member = try await pair.first.member()
        try await pair.run { first, second in
            try await pair.untilConnected()
            for _ in 0..<3 {
                #expect(try await first.logIn(member, password: "wrong").status == 401)
            }
            try await CoordinatorPair.until("the second has heard") {
                CoordinatorPair.received(pair.second) == 3
            }
            for _ in 0..<(LoginThrottle.freeAttempts - 3) {
                #expect(try await second.logIn(member, password: "wrong").status == 401)
            }
            #expect(try await second.logIn(member).status == 429)
            try await CoordinatorPair.until("the first has heard") {
                CoordinatorPair.received(pair.first) == 2
            }
            #expect(try await first.logIn(member).status == 429)
        }
        // Two that start know of the last minutes.
        let restarted = try await CoordinatorPair(configuration(server))
        try await restarted.run { first, second in
            try await CoordinatorPair.until("both have read what was") {
                CoordinatorPair.received(restarted.first) == 5
                    && CoordinatorPair.received(restarted.second) == 5
            }
            #expect(try await first.logIn(member).status == 429)
            #expect(try await second.logIn(member, password: "wrong").status == 429)
        }
        // Nobody who reads Redis learns who tried.
        var connection = try RedisConnection.open(configuration(server))
        let key = try connection.run(RedisCommand("KEYS", "*")).elements?.first?.text ?? ""
        let all = try connection.run(RedisCommand("XRANGE", key, "-", "+"))
        let text = "\(all.elements?.compactMap { $0.elements?.last?.elements?.last?.text } ?? [])"
        #expect(key.hasPrefix("sparc:hints:1:") && all.elements?.isEmpty == false)
        #expect(!text.contains(member.email) && !text.contains(member.tenantName))
    }

    @Test func `whoever writes to Redis ends nothing, locks nobody out and stops nothing`()
        async throws
    {
        let server = try RedisServer()
        let pair = try await CoordinatorPair(configuration(server))
        let member = try await pair.first.member()
        let victim = try await pair.first.member()
        try await pair.run { first, second in
            try await pair.untilConnected()
            for _ in 0..<3 {
                #expect(try await first.logIn(victim, password: "wrong").status == 401)
            }
            try await CoordinatorPair.until("the second has heard") {
                CoordinatorPair.received(pair.second) == 3
            }
            let counts = try attack(configuration(server), ends: [member, victim])
            try await CoordinatorPair.until("all of it was read") {
                CoordinatorPair.refused(.forged, pair.second) == counts.forged
                    && CoordinatorPair.refused(.repeated, pair.second) == counts.repeated
            }
            #expect(CoordinatorPair.received(pair.second) == 3)
            // Three are counted, and no more.
            #expect(try await second.logIn(victim, password: "wrong").status == 401)
            #expect(try await second.get("/api/v1/me", member).status == 200)
            #expect(try await second.get("/api/v1/me", victim).status == 200)
            // What cannot be read at all is left behind.
            try attackReader(configuration(server))
            #expect(try await logOut(first, member) == 204)
            try await CoordinatorPair.until("the exchange goes on") {
                let late = try await pair.first.member()
                #expect(try await logOut(first, late) == 204)
                try await Task.sleep(for: .milliseconds(400))
                return try await second.get("/api/v1/me", late).status == 401
            }
            print("hostile entries: \(counts), honest tokens refused: 0")
        }
    }

    /// Writes what somebody can who has no key: noise, copies, and messages under another key.
    private func attack(
        _ redis: RedisConfiguration,
        ends members: [Member]
    ) throws -> (forged: Int, repeated: Int) {
        var connection = try RedisConnection.open(redis)
        let key = try connection.run(RedisCommand("KEYS", "*")).elements?.first?.text ?? ""
        let all = try connection.run(RedisCommand("XRANGE", key, "-", "+"))
        let messages = (all.elements ?? []).compactMap { entry -> [UInt8]? in
            guard case .bytes(let bytes) = entry.elements?.last?.elements?.last else { return nil }
            return bytes
        }
        var forged: [[UInt8]] = [[], [0], Array(repeating: 65, count: 70_000)]
        for length in 1..<200 { forged.append((0..<length).map { _ in .random(in: 0...255) }) }
        var stranger = HintSigner(key: Array(repeating: 1, count: 32))
        let ends = members.map { Hint.ended($0.session) }
        for _ in 0..<50 {
            let now = WallTime(seconds: 1_900_000_000)
            forged.append(stranger.message(ends[...], now: now)?.bytes ?? [])
        }
        for message in messages {
            for index in stride(from: 0, to: message.count, by: 5) {
                var changed = message
                changed[index] ^= 1
                forged.append(changed)
            }
        }
        let copies = (0..<20).flatMap { _ in messages }
        for message in forged + copies {
            var command = RedisCommand("XADD", key, "*", "m")
            command.words.append(message)
            _ = try RedisConnection.value(try connection.run(command))
        }
        // Other fields than there should be.
        _ = try connection.run(RedisCommand("XADD", key, "*", "a", "b", "c", "d"))
        return (forged.count + 1, copies.count)
    }

    /// An entry with more fields than anything has.
    private func attackReader(_ redis: RedisConfiguration) throws {
        var connection = try RedisConnection.open(redis)
        let key = try connection.run(RedisCommand("KEYS", "*")).elements?.first?.text ?? ""
        var command = RedisCommand("XADD", key, "*")
        command.words += (0..<5_000).map { Array("\($0)".utf8) }
        _ = try RedisConnection.value(try connection.run(command))
    }
}
