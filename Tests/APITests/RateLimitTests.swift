import API
import Domain
import Foundation
import Identity
import Synchronization
import Testing

/// Limits on the requests of a person, a key and an organisation.
struct RateLimitTests {
    /// A clock that goes when it is told.
    private final class Clock: Sendable {
        private let seconds = Mutex<Int64>(0)

        func advance(_ more: Int64) { seconds.withLock { $0 += more } }

        var now: MonotonicTime {
            MonotonicTime(nanoseconds: seconds.withLock { $0 } * 1_000_000_000)
        }
    }

    private func bed(_ limits: RateLimits, _ clock: Clock) async throws -> TestBed {
        try await TestBed.shared().variant {
            $0.rates = RequestRates(limits) { clock.now }
        }
    }

    @Test func `what is left is told, and what is too much is refused until it may be`()
        async throws
    {
        let clock = Clock()
        let bed = try await bed(RateLimits(reads: 30, writes: 3, playlists: 5), clock)
        let member = try await bed.member()
        try await bed.run { api in
            let first = try await api.get("/api/v1/me", member)
            let policy = #""reads";q=30;w=60, "tenant-reads";q=300;w=60"#
            #expect(first.header("ratelimit-policy") == policy)
            #expect(first.header("ratelimit") == #""reads";r=29;t=2, "tenant-reads";r=299;t=1"#)
            let body = #"{"name":"x","nothing":1}"#
            for _ in 0..<3 {
                #expect(try await api.post("/api/v1/sites", member, body).status == 400)
            }
            let refused = try await api.post("/api/v1/sites", member, body)
            #expect(refused.status == 429)
            #expect(refused.header("retry-after") == "20")
            #expect(refused.header("ratelimit")?.hasPrefix(#""writes";r=0;t=20"#) == true)
            #expect(refused.text.contains("too-many-requests"))
            // Reads go on, and so do playlists, whose camera is missing here.
            #expect(try await api.get("/api/v1/me", member).status == 200)
            let list = "/hls/\(CameraID())/live.m3u8"
            for _ in 0..<5 { #expect(try await api.get(list, member).status == 404) }
            #expect(try await api.get(list, member).status == 429)
            clock.advance(19)
            #expect(try await api.post("/api/v1/sites", member, body).status == 429)
            clock.advance(1)
            #expect(try await api.post("/api/v1/sites", member, body).status == 400)
            // Who is not known is not counted, and neither is who needs no token.
            #expect(try await api.get("/api/v1/me").header("ratelimit") == nil)
            #expect(try await api.get("/health").header("ratelimit") == nil)
        }
    }

    @Test func `many keys are no way around the limit of their organisation`() async throws {
        let clock = Clock()
        let bed = try await bed(
            RateLimits(reads: 10, writes: 1_000, playlists: 10, tenantFactor: 2),
            clock
        )
        let member = try await bed.member()
        try await bed.run { api in
            var keys: [String] = []
            for number in 0..<5 {
                let made = try await api.post(
                    "/api/v1/api-keys",
                    member,
                    #"{"name":"\#(number)","permissions":["cameras.read"],"expires_in_days":1}"#
                )
                keys.append(made.string("key"))
            }
            var allowed: [Int] = []
            for key in keys {
                var count = 0
                for _ in 0..<15 {
                    let answer = try await api.send("GET", "/api/v1/sites", token: key)
                    if answer.status == 200 { count += 1 }
                }
                allowed.append(count)
            }
            #expect(allowed == [10, 10, 0, 0, 0])
        }
    }

    @Test func `a noisy organisation takes nothing from a quiet one`() async throws {
        let clock = Clock()
        let bed = try await bed(
            RateLimits(reads: 50, writes: 10, playlists: 50, tenantFactor: 2),
            clock
        )
        let noisy = [try await bed.member()]
        let loud =
            noisy + [
                try await bed.member(of: noisy[0].tenant),
                try await bed.member(of: noisy[0].tenant),
            ]
        let quiet = try await bed.member()
        try await bed.run { api in
            let counts = try await withThrowingTaskGroup(of: (Bool, Int).self) { group in
                for member in loud {
                    group.addTask {
                        var statuses: [Int] = []
                        for _ in 0..<300 {
                            statuses.append(try await api.get("/api/v1/sites", member).status)
                        }
                        return (false, statuses.count { $0 == 200 })
                    }
                }
                group.addTask {
                    var statuses: [Int] = []
                    for _ in 0..<50 {
                        statuses.append(try await api.get("/api/v1/sites", quiet).status)
                    }
                    return (true, statuses.count { $0 == 200 })
                }
                var counts = (noisy: 0, quiet: 0)
                for try await (isQuiet, count) in group {
                    if isQuiet { counts.quiet += count } else { counts.noisy += count }
                }
                return counts
            }
            print(
                "rates: of 900 noisy requests \(counts.noisy) were let in, of 50 quiet \(counts.quiet)"
            )
            #expect(counts.noisy == 100)
            #expect(counts.quiet == 50)
        }
    }
}
