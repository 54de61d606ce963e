import Catalog
import Coordinator
import Database
import Domain
import Foundation
import Identity
import Synchronization
import Testing

@testable import API

/// One organisation floods: its neighbour gets its turn. Counted in turns, not in time; times are
/// printed alone.
struct NeighbourTests {
    /// What has ended, in its order.
    private final class Ends: Sendable {
        private let ends = Mutex<[Bool]>([])

        func add(isFlood: Bool) { ends.withLock { $0.append(isFlood) } }

        /// Ends of the flood so far.
        var flood: Int { ends.withLock { $0.count { $0 } } }
    }

    @Test func `passwords of one organisation are checked in turn with those of others`()
        async throws
    {
        let gate = try await PasswordGate()
        let loud = TenantID()
        let quiet = TenantID()
        let ends = Ends()
        let (behind, refused) = await withTaskGroup(of: (Int?, Bool).self) { group in
            for _ in 0..<64 {
                group.addTask {
                    let answer = await gate.isRight("guess", encoded: nil, of: loud)
                    if answer != nil { ends.add(isFlood: true) }
                    return (nil, answer == nil)
                }
            }
            // Now as many wait as may.
            while await gate.waitingCount < PasswordGate.waitingLimit { await Task.yield() }
            group.addTask {
                let before = ends.flood
                let answer = await gate.isRight("guess", encoded: nil, of: quiet)
                return (ends.flood - before, answer == nil)
            }
            var behind: Int?
            var refused = 0
            for await (own, isRefused) in group {
                behind = own ?? behind
                refused += isRefused ? 1 : 0
                if own != nil { #expect(!isRefused) }
            }
            return (behind, refused)
        }
        print("neighbours: a login waited behind \(behind ?? -1) checks of 64, \(refused) refused")
        // Two were running, one has its turn first, and some end beside its own: far from all.
        #expect((behind ?? .max) <= PasswordGate.waitingLimit / 2)
        // One more than found no room is sent away for the neighbour.
        #expect(refused == 64 - PasswordGate.concurrency - PasswordGate.waitingLimit + 1)
    }

    /// Calls of a neighbour, each of which must succeed, and those that did not.
    private func calls(
        _ api: APIClient,
        _ quiet: Member,
        rounds: Int
    ) async throws -> (failed: [Int], slowest: Duration) {
        var failed: [Int] = []
        var slowest = Duration.zero
        func call(_ good: Int, _ send: () async throws -> APIClient.Answer) async throws {
            let start = ContinuousClock.now
            let answer = try await send()
            slowest = max(slowest, .now - start)
            if answer.status != good { failed.append(answer.status) }
        }
        for _ in 0..<rounds {
            try await call(200) { try await api.get("/api/v1/me", quiet) }
            try await call(200) { try await api.get("/api/v1/users?limit=100", quiet) }
            try await call(201) {
                let body = #"{"name":"\#(UUID().uuidString)","time_zone":"Europe/Berlin"}"#
                return try await api.post("/api/v1/sites", quiet, body)
            }
            try await call(200) { try await api.logIn(quiet) }
        }
        return (failed, slowest)
    }

    /// As coordinators have it, but nobody who waits gives up: what is stuck stays so.
    private func patientBed() async throws -> TestBed {
        let shared = try await TestBed.shared()
        var app = shared.owner.connecting(as: "sparc_app", password: "app")
        app.lockTimeout = 600_000
        app.statementTimeout = 600_000
        let pool = ConnectionPool(app, size: 8, leaseTimeout: .seconds(600), tenantShare: 4)
        let platform = shared.owner.connecting(as: "sparc_platform", password: "platform")
        return try shared.variant { services in
            services.attempts = LoginAttempts()
            services.catalog = Catalog(app: pool, platform: ConnectionPool(platform, size: 2))
        }
    }

    /// Without shares the flood has all connections, and the neighbour's first call waits for ever.
    @Test(.timeLimit(.minutes(5)))
    func `one organisation floods, and its neighbour's calls all succeed`() async throws {
        let bed = try await patientBed()
        let loud = try await bed.member()
        let quiet = try await bed.member()
        // Every change of the loud one waits for the head of its log.
        let holder = try await Connection.open(bed.owner)
        let id = loud.tenant
        try await holder.run { session throws(DatabaseError) in
            try session.run(
                """
                BEGIN;
                SELECT 1 FROM sparc.audit_heads WHERE tenant_id = '\(id)' FOR UPDATE
                """
            )
        }
        let ends = Ends()
        try await bed.run { api in
            let alone = try await calls(api, quiet, rounds: 2)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        let body = #"{"name":"flood \#(number)","time_zone":"Europe/Berlin"}"#
                        let answer = try await api.post("/api/v1/sites", loud, body)
                        ends.add(isFlood: true)
                        return answer.status
                    }
                    group.addTask {
                        var wrong = loud
                        wrong.email = "guess-\(number)@example.com"
                        return try await api.logIn(wrong).status
                    }
                    group.addTask {
                        try await api.get("/api/v1/users?limit=200", loud).status
                    }
                }
                let beside = try await calls(api, quiet, rounds: 10)
                #expect(beside.failed.isEmpty)
                #expect(ends.flood == 0)
                let ratio = beside.slowest / alone.slowest
                print(
                    "neighbours: 40 calls beside 192 stuck or guessing, \(ends.flood) of 64 changes",
                    "ended meanwhile; slowest call \(Int(ratio * 10)) tenths of that alone"
                )
                try await holder.run { session throws(DatabaseError) in try session.run("COMMIT") }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            await holder.close()
            let counts = Dictionary(grouping: statuses) { $0 }.mapValues(\.count)
            print("neighbours: the flood was answered \(counts.sorted { $0.key < $1.key })")
            // Done, wrong, refused for now: nothing else.
            #expect(Set(counts.keys).isSubset(of: [200, 201, 401, 429, 503]))
        }
    }

    @Test func `viewings of one organisation push out no others, and it alone waits for its log`()
        async throws
    {
        let reads = FootageReads()
        let (loud, quiet, stuck) = (TenantID(), TenantID(), TenantID())
        func keep(_ tenant: TenantID, _ number: Int) {
            reads.keep(
                tenant,
                AuditNote(.footageRead, "camera", "\(number)"),
                by: AuditActor(kind: .system)
            )
        }
        for number in 0..<FootageReads.waitingLimit { keep(loud, number) }
        for number in 0..<FootageReads.waitingLimit { keep(stuck, number) }
        #expect(reads.waiting(of: loud) == FootageReads.tenantWaitingLimit)
        for number in 0..<5 { keep(quiet, number) }
        #expect(reads.waiting(of: quiet) == 5)
        let told = Mutex<[TenantID]>([])
        // The log of one cannot be written to.
        let failure = await #expect(throws: CatalogError.self) {
            try await reads.flush { tenant, _, _ throws(CatalogError) in
                if tenant == stuck { throw CatalogError(.timeout, "its head is locked") }
                told.withLock { $0.append(tenant) }
            }
        }
        #expect(failure?.code == .timeout)
        let order = told.withLock { $0 }
        // In turn: the fifth of the quiet one comes after at most five of the loud one.
        #expect(order.prefix(10).count { $0 == quiet } == 5)
        #expect(reads.waiting(of: loud) == 0 && reads.waiting(of: quiet) == 0)
        let left = reads.waiting(of: stuck)
        #expect(left >= FootageReads.tenantWaitingLimit - 5)
        let lost = try await reads.flush { _, _, _ throws(CatalogError) in }
        print("neighbours: of 20005 viewings \(lost) were lost, all of the two that flooded")
        #expect(lost == 2 * FootageReads.waitingLimit + 5 - order.count - left)
        // While the database is away nobody's are tried in turn.
        for number in 0..<3 { keep(TenantID(), number) }
        let tries = Mutex(0)
        await #expect(throws: CatalogError.self) {
            try await reads.flush { _, _, _ throws(CatalogError) in
                tries.withLock { $0 += 1 }
                throw CatalogError(.unavailable, "it is away")
            }
        }
        #expect(tries.withLock { $0 } == 1)
    }
}
