import Catalog
import Database
import Domain
import Foundation
import Identity
import Keys
import Synchronization
import Testing

@testable import API

/// The limit of requests that show no valid credential: by address, and before the database is asked.
struct UnknownCallerTests {
    private static let limit = 20
    /// So that a test names its clients' addresses.
    private static let proxies = TrustedProxies(["127.0.0.0/8"].compactMap { AddressBlock($0) })

    private func bed(limit: Int = Self.limit) async throws -> TestBed {
        try await TestBed.shared().variant { services in
            services.rates = RequestRates(
                RateLimits(reads: 1_000, writes: 1_000, playlists: 1_000, unknown: limit)
            ) { MonotonicTime(nanoseconds: 0) }
            services.attempts = LoginAttempts()
            services.trustedProxies = Self.proxies
        }
    }

    private func from(_ address: String) -> [(String, String)] {
        [("X-Forwarded-For", address)]
    }

    private static func key() -> String {
        APIKeyToken(tenant: TenantID(), key: APIKeyID()).text
    }

    /// Requests that show nothing valid, each way.
    private static let strangers: [(name: String, method: String, path: String, body: String?)] = [
        ("jwks", "GET", "/.well-known/jwks.json", nil),
        ("description", "GET", "/api/v1/openapi.yaml", nil),
        ("slashes", "GET", "//api/v1//openapi.yaml/", nil),
        ("login", "POST", "/api/v1/auth/login", "{}"),
        ("refresh", "POST", "/api/v1/auth/refresh", #"{"refresh_token":"sparc_rt_x"}"#),
        ("logout", "POST", "/api/v1/auth/logout", #"{"refresh_token":"sparc_rt_x"}"#),
        ("provider", "GET", "/api/v1/auth/oidc/authorize?tenant=x", nil),
        ("callback", "GET", "/api/v1/auth/oidc/\(UUID().uuidString.lowercased())/callback", nil),
        ("provider token", "POST", "/api/v1/auth/oidc/token", #"{"code":"x"}"#),
        ("setup", "POST", "/api/v1/setup", "{}"),
        ("invitation", "POST", "/api/v1/invitations/accept", "{}"),
        ("no token", "GET", "/api/v1/me", nil),
        ("no ticket", "GET", "/hls/\(UUID().uuidString.lowercased())/live.m3u8", nil),
        (
            "wrong ticket", "GET",
            "/hls/\(UUID().uuidString.lowercased())/live.m3u8?token=sparc_pl_x", nil
        ),
        ("no worker", "POST", "/internal/v1/workers", "{}"),
    ]

    @Test func `every way to show nothing is counted, by address`() async throws {
        let bed = try await bed()
        try await bed.runLive { api in
            for (number, stranger) in Self.strangers.enumerated() {
                let address = "192.0.2.\(number + 1)"
                var statuses: [Int] = []
                for _ in 0..<Self.limit + 3 {
                    let answer = try await api.send(
                        stranger.method,
                        stranger.path,
                        body: stranger.body,
                        headers: from(address)
                    )
                    statuses.append(answer.status)
                    guard statuses.count > Self.limit else { continue }
                    #expect(answer.header("retry-after") == "3", "\(stranger.name)")
                    #expect(answer.text.contains("too-many-requests"), "\(stranger.name)")
                }
                #expect(!statuses.prefix(1).contains(429), "\(stranger.name)")
                #expect(statuses.suffix(3) == [429, 429, 429], "\(stranger.name)")
                // The limit of links, which are tried five times, comes before this one.
                guard stranger.name != "setup" else { continue }
                #expect(!statuses.prefix(Self.limit).contains(429), "\(stranger.name)")
            }
        }
        print("unknown callers: \(Self.strangers.count) ways to show nothing valid are counted")
    }

    @Test func `the counted routes are those that the description opens, without probes and media`()
        async throws
    {
        let specification = try Specification.shared()
        let open = specification.operations.compactMap { operation -> String? in
            let parts = operation.split(separator: " ").map(String.init)
            return specification.security(parts[0], parts[1]).isEmpty ? parts[1] : nil
        }
        let exempt: Set<String> = [
            "/health", "/metrics", "/api/v1/health", "/media/gap.m4s",
            // Counted where their token was read.
            "/api/v1/auth/refresh", "/api/v1/auth/logout",
        ]
        #expect(UnknownCallerMiddleware.counted == Set(open).subtracting(exempt))
        let bed = try await bed(limit: 1)
        try await bed.runLive { api in
            #expect(try await api.get("/api/v1/me").status == 401)
            #expect(try await api.get("/api/v1/me").status == 429)
            for path in ["/health", "/metrics", "/api/v1/health", "/media/gap.m4s"] {
                for _ in 0..<5 {
                    let answer = try await api.get(path)
                    #expect(answer.status == 200, "\(path)")
                }
            }
            // A signature is judged as ever.
            let media = "/media/object/aa/x.mp4"
            for _ in 0..<5 {
                let refused = try await api.get(media)
                #expect(refused.status == 403)
            }
        }
    }

    @Test func `wrong keys cost an address its allowance, and never the right ones behind it`()
        async throws
    {
        let bed = try await bed()
        let member = try await bed.member()
        let office = from("198.51.100.7")
        try await bed.runLive { api in
            let made = try await api.post(
                "/api/v1/api-keys",
                member,
                #"{"name":"ours","permissions":["cameras.read"],"expires_in_days":1}"#
            )
            let key = made.string("key")
            let second = try await api.post(
                "/api/v1/api-keys",
                member,
                #"{"name":"second","permissions":["cameras.read"],"expires_in_days":1}"#
            ).string("key")
            let token = try await api.logIn(member, headers: office).string("access_token")
            func status(_ token: String, _ headers: [(String, String)]) async throws -> Int {
                try await api.send("GET", "/api/v1/sites", token: token, headers: headers).status
            }
            // A good key gives back what it took: it comes a hundred times.
            var right: [Int] = []
            for _ in 0..<100 { right.append(try await status(key, office)) }
            #expect(right.allSatisfy { $0 == 200 })
            var wrong: [Int] = []
            for _ in 0..<200 { wrong.append(try await status(Self.key(), office)) }
            // The login took one.
            #expect(wrong.count { $0 == 401 } == Self.limit - 1)
            #expect(wrong.count { $0 == 429 } == 200 - Self.limit + 1)
            #expect(try await status("nonsense", office) == 429)
            right = []
            for _ in 0..<50 {
                right.append(try await status(key, office))
                right.append(try await status(token, office))
            }
            #expect(right.allSatisfy { $0 == 200 })
            // One that this process never saw waits with its address; from elsewhere it is known, and
            // then everywhere.
            #expect(try await status(second, office) == 429)
            #expect(try await status(second, from("203.0.113.9")) == 200)
            #expect(try await status(second, office) == 200)
            // A key that was revoked is asked for once more, and then as any wrong one.
            try await bed.asSuperuser(
                "UPDATE sparc.api_keys SET revoked_at = now() WHERE name = 'second'"
            )
            #expect(try await status(second, office) == 401)
            #expect(try await status(second, office) == 429)
        }
    }

    @Test func `an unknown key asks the database as often as its address may`() async throws {
        let bed = try await bed()
        // No connection is ever made: whatever asks the database says 503.
        let nowhere = try ConnectionSettings("postgresql://nobody@/none?host=/nonexistent")
        let deaf = try bed.variant { services in
            services.catalog = Catalog(
                app: ConnectionPool(nowhere, size: 1),
                platform: ConnectionPool(nowhere, size: 1)
            )
        }
        try await deaf.runLive { api in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<500 {
                    group.addTask {
                        try await api.send("GET", "/api/v1/sites", token: Self.key()).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            let asked = statuses.count { $0 == 503 }
            print("unknown callers: of 500 wrong keys \(asked) asked the database")
            #expect(asked == Self.limit)
            #expect(statuses.count { $0 == 429 } == 500 - Self.limit)
        }
    }

    @Test func `a household of IPv6 is one caller, and a made-up header none`() async throws {
        let bed = try await bed()
        try await bed.runLive { api in
            var statuses: [Int] = []
            for number in 0..<Self.limit * 2 {
                let address = "2001:db8:1:2:\(String(number, radix: 16))::9"
                statuses.append(
                    try await api.send("GET", "/api/v1/me", headers: from(address)).status
                )
            }
            #expect(statuses.count { $0 == 401 } == Self.limit)
            let next = try await api.send("GET", "/api/v1/me", headers: from("2001:db8:1:3::9"))
            #expect(next.status == 401)
        }
        let direct = try bed.variant { $0.trustedProxies = TrustedProxies() }
        try await direct.runLive { api in
            var statuses: [Int] = []
            for number in 0..<Self.limit * 2 {
                let claim = from("203.0.113.\(number)")
                statuses.append(try await api.send("GET", "/api/v1/me", headers: claim).status)
            }
            #expect(statuses.count { $0 == 401 } == Self.limit)
        }
    }

    @Test func `tokens of a session that is over are counted together`() async throws {
        let bed = try await bed()
        let member = try await bed.member()
        try await bed.runLive { api in
            let login = try await api.logIn(member, headers: from("192.0.2.1"))
            let refresh = #"{"refresh_token":"\#(login.string("refresh_token"))"}"#
            var statuses: [Int] = []
            for number in 0..<Self.limit * 2 {
                statuses.append(
                    try await api.send(
                        "POST",
                        "/api/v1/auth/logout",
                        body: refresh,
                        headers: from("192.0.2.\(number + 2)")
                    ).status
                )
            }
            #expect(statuses.count { $0 == 429 } == Self.limit)
            let others = try await api.logIn(member, headers: from("192.0.2.1"))
            #expect(others.status == 200)
        }
    }

    /// A clock of the test, and questions that were counted.
    private final class Questions: Sendable {
        private let passed = Mutex(Duration.zero)
        private let number = Mutex(0)
        private let start = ContinuousClock.now

        var now: ContinuousClock.Instant { start + passed.withLock { $0 } }
        var asked: Int { number.withLock { $0 } }

        func pass(_ time: Duration) { passed.withLock { $0 = time } }

        func ask() async -> Health {
            let mine = number.withLock { number in
                number += 1
                return number
            }
            await Task.yield()
            return Health(
                status: "\(mine)",
                database: .init(status: "ok"),
                time: WallTime(seconds: 0)
            )
        }
    }

    @Test func `however many ask for the state, the database is asked once in a while`() async {
        let questions = Questions()
        let memory = HealthMemory { questions.now }
        var told: [Set<String>] = []
        for time in [.zero, HealthMemory.age - .milliseconds(1), HealthMemory.age] {
            questions.pass(time)
            let answers = await withTaskGroup(of: String.self) { group in
                for _ in 0..<1_000 {
                    group.addTask { await memory.health { await questions.ask() }.status }
                }
                return await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            told.append(answers)
        }
        #expect(told == [["1"], ["1"], ["2"]])
        #expect(questions.asked == 2)
    }
}
