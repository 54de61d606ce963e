import API
import Domain
import Foundation
import HTTPTypes
import HummingbirdTesting
import Identity
import NIOCore
import TestSupport
import Testing

/// The isolation suite at scale: whole by `make soak`, and one call in `share` otherwise.
@Suite(.serialized) struct IsolationSoakTests {
    private static let share = number("SPARC_ISOLATION_SHARE", 20)
    private static let seed = UInt64(number("SPARC_ISOLATION_SEED", 20_261_130))
    /// Calls of 64 clients.
    private static let parallelCalls = 1_000_000
    /// Calls of a client with one token, far fewer than it makes in the token's ten minutes.
    private static let callsOfToken = 1_000

    private static func number(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
    }

    @Test(arguments: [IsolationRun.Layers.both, .rowSecurity, .application])
    func `every role with every id of four organisations finds nothing`(
        layers: IsolationRun.Layers
    ) async throws {
        var soak = try await IsolationSoak(layers)
        let operations = try IsolationTests.operations()
        let all = IsolationPlan(operations, soak.victims).calls.count
        #expect(all >= 250_000)
        try await soak.run(operations, share: Self.share, seed: Self.seed)
        print(
            "isolation at scale, \(layers.rawValue): \(soak.calls) calls of a plan of \(all), "
                + "one in \(Self.share), seed \(Self.seed), \(soak.findings.count) findings"
        )
        #expect(soak.calls * Self.share >= 250_000)
        for finding in soak.findings { Issue.record("\(layers.rawValue): \(finding)") }
    }

    /// What one client found.
    private struct Tally: Sendable {
        var calls = 0
        var given = 0
        var cancelled = 0
        /// Answers that tell of a token that is no good.
        var refused = 0
        var findings: [String] = []
    }

    @Test func `64 clients of 5 organisations over 8 connections never get another's rows`()
        async throws
    {
        let bed = try await TestBed.isolation(.both, connections: 8)
        var organisations: [IsolationWorld.Organisation] = []
        for _ in 0..<5 { organisations.append(try await IsolationWorld.organisation(bed)) }
        let all = organisations
        // Half the share where it is not whole: the server is the slower part.
        let each = Self.parallelCalls / Self.share / (Self.share == 1 ? 1 : 2) / 64
        let tally = try await bed.run { api in
            try await withThrowingTaskGroup(of: Tally.self) { group in
                for client in 0..<64 {
                    group.addTask {
                        try await Self.run(
                            (bed, api),
                            all,
                            client,
                            calls: each,
                            random: SeededRandom(seed: Self.seed &+ UInt64(client))
                        )
                    }
                }
                return try await group.reduce(into: Tally()) { sum, tally in
                    sum.calls += tally.calls
                    sum.given += tally.given
                    sum.cancelled += tally.cancelled
                    sum.refused += tally.refused
                    sum.findings += tally.findings
                }
            }
        }
        print(
            "isolation at once: \(tally.calls) calls of 64 clients of 5 organisations over 8 "
                + "connections, \(tally.given) answered with rows, \(tally.cancelled) given up, "
                + "\(tally.findings.count) findings"
        )
        #expect(tally.calls == each * 64)
        #expect(tally.refused == 0)
        // Most must have got something, or nothing was tried.
        #expect(tally.given > tally.calls / 2)
        #expect(tally.cancelled > 0)
        for finding in tally.findings.prefix(50) { Issue.record("\(finding)") }
    }

    /// One client: its own lists and things, others' ids, values that the database refuses, and
    /// requests that it gives up while they run.
    private static func run(
        _ server: (bed: TestBed, api: APIClient),
        _ organisations: [IsolationWorld.Organisation],
        _ client: Int,
        calls: Int,
        random seeded: SeededRandom
    ) async throws -> Tally {
        var random = seeded
        var tally = Tally()
        let own = organisations[client % organisations.count]
        let others = organisations.filter { $0.canary != own.canary }
        let lists = ["cameras", "users", "sites", "alerts", "events", "webhooks", "holds", "audit"]
        var token = ""
        for number in 0..<calls {
            if number % Self.callsOfToken == 0 {
                token = try await server.bed.token(own.member, of: .owner)
            }
            tally.calls += 1
            let path: String
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5: path = "/api/v1/\(lists.randomElement(using: &random) ?? "cameras")"
            case 5..<7: path = "/api/v1/cameras/\(own.ids[.camera] ?? "")"
            case 7:
                let victim = others.randomElement(using: &random)
                path = "/api/v1/cameras/\(victim?.ids[.camera] ?? "")"
            // A text with NUL fails in the database, in the middle of the transaction.
            case 8: path = "/api/v1/audit?subject=%00"
            default: path = "/api/v1/me"
            }
            let wait = Int.random(in: 0..<200, using: &random)
            let answer = try await answer(
                server.api,
                path,
                token,
                giveUp: wait < 10 ? wait : nil
            )
            guard let answer else {
                tally.cancelled += 1
                continue
            }
            if answer.contains(own.canary) { tally.given += 1 }
            if answer.contains("urn:sparc:problem:unauthorized") { tally.refused += 1 }
            for other in others {
                for secret in [other.canary, other.member.email, other.member.tenantName]
                where answer.contains(secret) {
                    tally.findings.append("\(path) of \(own.canary) shows \(secret)")
                }
            }
        }
        return tally
    }

    /// - Parameter giveUp: Tenths of a millisecond after which the client goes away.
    /// - Returns: Nil if it went.
    private static func answer(
        _ api: APIClient,
        _ path: String,
        _ token: String,
        giveUp: Int?
    ) async throws -> String? {
        let headers: HTTPFields = [.authorization: "Bearer \(token)"]
        @Sendable func ask() async throws -> String {
            let response = try await api.client.execute(
                uri: path,
                method: .get,
                headers: headers,
                body: nil
            )
            return String(decoding: Array(response.body.readableBytesView), as: UTF8.self)
        }
        guard let giveUp else { return try await ask() }
        return await withTaskGroup(of: String?.self) { group in
            group.addTask { try? await ask() }
            group.addTask {
                // Cancelled when the answer was first.
                try? await Task.sleep(for: .microseconds(giveUp * 100))
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}
