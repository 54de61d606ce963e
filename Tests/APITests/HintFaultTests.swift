import API
import Coordinator
import Domain
import Foundation
import Identity
import Logging
import SharedState
import Synchronization
import Telemetry
import TestSupport
import Testing

/// Two coordinators under load while Redis is killed, emptied, stopped and started again.
struct HintFaultTests {
    /// Who logs in and out at the same time.
    private static let clients = 6
    /// How often it is emptied, stopped, killed and started again; the load lasts as long.
    private static let faults = 4

    private struct Counts: Sendable {
        var requests = 0
        /// Honest requests that were not answered as they should be.
        var failed = 0
        /// Tokens that were taken after their coordinator knew, or had looked in the database.
        var revokedTaken = 0
        var accounts = 0
        var guesses = 0
        /// Guesses beyond the free ones of an account that were looked at.
        var guessesBeyond = 0
        var kills = 0
        var flushes = 0
        var stops = 0
    }

    private final class Tally: Sendable {
        private let counts = Mutex(Counts())
        private let over = Atomic(false)

        /// Whether there are no more faults.
        var isOver: Bool { over.load(ordering: .relaxed) }

        func end() { over.store(true, ordering: .relaxed) }

        func update<Value: Sendable>(_ body: @Sendable (inout Counts) -> Value) -> Value {
            counts.withLock { body(&$0) }
        }
    }

    @Test func `no fault of Redis lets a revoked token or a guess in, or fails a request`()
        async throws
    {
        let server = try RedisServer()
        let redis = RedisConfiguration(host: "127.0.0.1", port: server.port)
        let pair = try await CoordinatorPair(redis)
        let counts = Tally()
        try await pair.run { first, second in
            try await pair.untilConnected()
            try await withThrowingTaskGroup { tasks in
                for number in 0..<Self.clients {
                    tasks.addTask {
                        var isSwapped = number % 2 == 1
                        repeat {
                            isSwapped.toggle()
                            try await comeAndGo(
                                pair,
                                isSwapped ? (second, first) : (first, second),
                                isSwapped ? pair.first : pair.second,
                                counts
                            )
                        } while !counts.isOver
                    }
                }
                tasks.addTask {
                    repeat { try await guess(pair, first, counts) } while !counts.isOver
                }
                tasks.addTask {
                    defer { counts.end() }
                    for _ in 0..<Self.faults { try await fault(server, redis, counts) }
                }
                try await tasks.waitForAll()
            }
            // It is there again, and the two reach one another as before, without anybody's help.
            try await pair.untilConnected()
            let late = try await pair.first.member()
            #expect(try await end(first, late) == 204)
            try await CoordinatorPair.until("told through Redis again") {
                try await second.get("/api/v1/me", late).status == 401
            }
        }
        let all = counts.update { $0 }
        print("Redis under faults: \(all)")
        for bed in [pair.first, pair.second] { print("hints: \(CoordinatorPair.counts(bed))") }
        #expect(all.failed == 0 && all.revokedTaken == 0 && all.guessesBeyond == 0)
        #expect(all.guesses == all.accounts * LoginThrottle.freeAttempts)
        #expect(all.kills == Self.faults && all.flushes > 0 && all.stops == Self.faults)
        #expect(all.requests > 500 && all.accounts > 0)
    }

    /// Somebody uses both coordinators, logs out at one, and is refused there at once; at the other
    /// after its look in the database at the latest.
    private func comeAndGo(
        _ pair: CoordinatorPair,
        _ clients: (here: APIClient, there: APIClient),
        _ thereBed: TestBed,
        _ counts: Tally
    ) async throws {
        let member = try await pair.first.member()
        var honest: [Int] = []
        for _ in 0..<3 {
            honest.append(try await clients.here.get("/api/v1/me", member).status)
            honest.append(try await clients.there.get("/api/v1/me", member).status)
        }
        let ended = try await end(clients.here, member)
        var revoked = [try await clients.here.get("/api/v1/me", member).status]
        try await EndedSessionsWatch(
            catalog: pair.first.catalog,
            sessions: thereBed.services.endedSessions
        ).pass()
        for _ in 0..<3 {
            revoked.append(try await clients.there.get("/api/v1/me", member).status)
            revoked.append(try await clients.here.get("/api/v1/me", member).status)
        }
        let (good, gone) = (honest, revoked)
        counts.update { counts in
            counts.requests += good.count + gone.count + 1
            counts.failed += good.count { $0 != 200 } + (ended == 204 ? 0 : 1)
            counts.revokedTaken += gone.count { $0 != 401 }
        }
    }

    private func guess(
        _ pair: CoordinatorPair,
        _ api: APIClient,
        _ counts: Tally
    ) async throws {
        let member = try await pair.first.member()
        var looked = 0
        for _ in 0..<(LoginThrottle.freeAttempts + 4) {
            if try await api.logIn(member, password: "wrong").status == 401 { looked += 1 }
        }
        let right = try await api.logIn(member).status
        let seen = looked
        counts.update { counts in
            counts.accounts += 1
            counts.guesses += seen
            counts.guessesBeyond += max(0, seen - LoginThrottle.freeAttempts)
            counts.guessesBeyond += right == 429 ? 0 : 1
        }
    }

    private func fault(
        _ server: RedisServer,
        _ redis: RedisConfiguration,
        _ counts: Tally
    ) async throws {
        for _ in 0..<20 {
            flush(redis)
            try await Task.sleep(for: .milliseconds(10))
        }
        server.stop()
        // Longer than a command is waited for.
        try await Task.sleep(for: RedisConnection.commandTimeout + .milliseconds(500))
        server.resume()
        try await Task.sleep(for: .milliseconds(300))
        server.kill()
        try await Task.sleep(for: .milliseconds(300))
        try server.start()
        try await Task.sleep(for: .milliseconds(700))
        counts.update { counts in
            counts.flushes += 20
            counts.stops += 1
            counts.kills += 1
        }
    }

    private func flush(_ redis: RedisConfiguration) {
        guard var connection = try? RedisConnection.open(redis) else { return }
        _ = try? connection.run(RedisCommand("FLUSHALL"))
    }

    private func end(_ api: APIClient, _ member: Member) async throws -> Int {
        try await api.send("DELETE", "/api/v1/sessions/\(member.session)", token: member.token)
            .status
    }

    @Test func `an entry after which there is no other stops the exchange until it is deleted`()
        async throws
    {
        let server = try RedisServer()
        let redis = RedisConfiguration(host: "127.0.0.1", port: server.port)
        let pair = try await CoordinatorPair(redis)
        try await pair.run { first, second in
            try await pair.untilConnected()
            let early = try await pair.first.member()
            #expect(try await end(first, early) == 204)
            try await CoordinatorPair.until("told through Redis") {
                try await second.get("/api/v1/me", early).status == 401
            }
            var connection = try RedisConnection.open(redis)
            let key = try #require(
                try connection.run(RedisCommand("KEYS", "*")).elements?.first?.text
            )
            let last = "18446744073709551615-18446744073709551615"
            let added = try connection.run(RedisCommand("XADD", key, last, "m", "x"))
            _ = try RedisConnection.value(added)
            // Requests go on, and the exchange says that it does not.
            let member = try await pair.first.member()
            #expect(try await end(first, member) == 204)
            for bed in [pair.first, pair.second] {
                try await CoordinatorPair.until("the exchange is down") {
                    CoordinatorPair.metric("sparc_redis_up", of: bed) == 0
                }
            }
            #expect(try await second.get("/api/v1/me", member).status == 200)
            _ = try connection.run(RedisCommand("DEL", key))
            try await pair.untilConnected()
            let late = try await pair.first.member()
            #expect(try await end(first, late) == 204)
            try await CoordinatorPair.until("told through Redis again") {
                try await second.get("/api/v1/me", late).status == 401
            }
        }
    }

    @Test func `what is wrong is told once, without the password, and its end too`() async throws {
        let secret = "canary-of-the-password"
        let server = try RedisServer(settings: ["--requirepass", "another"])
        var redis = RedisConfiguration(host: "127.0.0.1", port: server.port, password: secret)
        let lines = Lines()
        let pair = try await CoordinatorPair(
            redis,
            logger: Logger(label: "pair") { label in
                LineLogHandler(label: label, level: .info, now: { "" }, write: { lines.add($0) })
            }
        )
        redis.password = "another"
        let owner = redis
        try await pair.run { _, _ in
            try await CoordinatorPair.until("each has tried a few times") {
                var connection = try RedisConnection.open(owner)
                let info = try connection.run(RedisCommand("INFO", "commandstats")).text ?? ""
                return failedLogins(info) >= 8
            }
            #expect(lines.all.count == 2)
            #expect(lines.all.allSatisfy { $0.contains("does not take this user and password") })
            var connection = try RedisConnection.open(owner)
            _ = try connection.run(RedisCommand("CONFIG", "SET", "requirepass", secret))
            try await pair.untilConnected()
        }
        #expect(lines.all.count == 4)
        #expect(lines.all.suffix(2).allSatisfy { $0.contains("reach one another") })
        #expect(!lines.all.contains { $0.contains(secret) })
    }

    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { lines.withLock { $0 } }

        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    /// From `cmdstat_auth:calls=…,failed_calls=9`.
    private func failedLogins(_ info: String) -> Int {
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_auth:") }
        return line?.split(separator: "failed_calls=").last.flatMap { Int($0) } ?? 0
    }

    @Test func `requests are answered while Redis hangs for as long as they last`() async throws {
        let server = try RedisServer()
        let redis = RedisConfiguration(host: "127.0.0.1", port: server.port)
        let limits = RateLimits(reads: 1_000, writes: 1_000, playlists: 1_000)
        let pair = try await CoordinatorPair(redis, limits: limits)
        let member = try await pair.first.member()
        try await pair.run { first, second in
            try await pair.untilConnected()
            // It goes on only when all have their answers: none waits for it.
            server.stop()
            defer { server.resume() }
            var answered = 0
            for _ in 0..<200 {
                if try await first.get("/api/v1/me", member).status == 200 { answered += 1 }
                if try await second.get("/api/v1/me", member).status == 200 { answered += 1 }
            }
            #expect(try await first.logIn(member, password: "wrong").status == 401)
            #expect(try await end(first, member) == 204)
            #expect(try await first.get("/api/v1/me", member).status == 401)
            #expect(answered == 400)
            print("answered while Redis hung: \(answered) of 400")
        }
    }
}
