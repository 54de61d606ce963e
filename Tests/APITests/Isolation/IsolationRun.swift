import API
import Catalog
import Domain
import Foundation
import HTTPTypes
import Identity
import Testing

/// Every operation with every id of another organisation, and what gave something away.
struct IsolationRun: Sendable {
    /// Which of the two layers holds alone.
    enum Layers: String, Sendable, CaseIterable {
        case both
        /// The program asks for the victim's rows, as if it had not compared the organisation; the
        /// database knows who is there.
        case rowSecurity
        /// The database has no row security; the program asks for the caller's rows.
        case application
        /// Neither: everything must show, or nothing that this finds would mean anything.
        case none
    }

    let bed: TestBed
    let world: IsolationWorld
    let layers: Layers

    private(set) var calls = 0
    var findings: [String] = []

    init(_ bed: TestBed, _ world: IsolationWorld, _ layers: Layers) {
        self.bed = bed
        self.world = world
        self.layers = layers
    }

    /// One call with one id, without what depends on the id itself or on the moment.
    struct Outcome: Equatable {
        var status: Int
        var text: String
        var raw: String
        var headers: String
    }

    /// Runs all operations.
    /// - Parameter operations: Those of the description that take a person's token.
    mutating func run(_ operations: [String]) async throws {
        let token = try await token()
        let kept = try await victimAsksFirst(operations)
        let before = try await IsolationWorld.snapshot(world.victim.member.tenant, bed)
        for operation in Self.ordered(operations) {
            guard let entries = IsolationEntry.table[operation] else {
                findings.append("\(operation) has no entry")
                continue
            }
            for entry in entries { try await run(operation, entry, token) }
        }
        try await runConditions(operations, token)
        try await runNames(operations, token)
        try await runKeys(kept, token)
        let after = try await IsolationWorld.snapshot(world.victim.member.tenant, bed)
        for (table, digest) in before where after[table] != digest {
            findings.append("rows of \(table) of the victim changed")
        }
    }

    /// In `rowSecurity` it names the victim's organisation: what a program would ask for that does
    /// not compare.
    private func token() async throws -> String {
        let seconds = bed.services.now().microseconds / 1_000_000
        let namesVictim = [.rowSecurity, .none].contains(layers)
        let tenant = (namesVictim ? world.victim : world.caller).member.tenant
        return try await bed.services.tokens.sign(
            TokenClaims(
                tenant: tenant,
                user: world.caller.member.user,
                role: Role.owner.rawValue,
                session: SessionID(),
                id: UUID().uuidString,
                issuedAt: seconds,
                expiresAt: seconds + 600
            ),

        )
    }

    private mutating func run(
        _ operation: String,
        _ entry: IsolationEntry,
        _ token: String
    ) async throws {
        guard entry.takesID else {
            let outcome = try await call(operation, entry, "", token)
            look(outcome, operation, entry, "")
            return
        }
        let wanted = try await call(operation, entry, Self.missing, token)
        let foreign = world.victim.ids.sorted { $0.value < $1.value }.map(\.value)
        let malformed = ["x", "%00", "'", "..%2f", "00000000-0000-0000-0000-000000000000"]
        for id in foreign + world.victim.cursors.values.sorted() {
            let outcome = try await call(operation, entry, id, token)
            look(outcome, operation, entry, id)
            // The end of another's page is only a place in time.
            let isComparable = !world.victim.cursors.values.contains(id)
            if isComparable {
                compare(outcome, wanted, "\(operation) \(entry.query ?? entry.body ?? "")")
            }
        }
        for id in malformed {
            let outcome = try await call(operation, entry, id, token)
            look(outcome, operation, entry, id)
            if outcome.status < 400, entry.isByPath {
                findings.append("\(operation) takes the id \(id)")
            }
        }
    }

    /// Status, body and headers of a foreign id are those of a missing one.
    mutating func compare(_ outcome: Outcome, _ wanted: Outcome, _ what: String) {
        guard outcome.status == wanted.status, outcome.text == wanted.text,
            outcome.headers == wanted.headers
        else {
            findings.append(
                "\(what) tells a foreign id (\(outcome.status)) from a missing one "
                    + "(\(wanted.status))"
            )
            return
        }
    }

    /// Every operation with ids of the one who asks: each must be told from a missing one, or the
    /// comparison above shows nothing. What is destroyed comes last.
    mutating func control(
        _ operations: [String],
        _ organisation: IsolationWorld.Organisation
    ) async throws {
        let token = organisation.member.token
        for operation in Self.ordered(operations) {
            for entry in IsolationEntry.table[operation] ?? [] where !entry.isForeignOnly {
                let id =
                    entry.kind.flatMap { organisation.ids[$0] } ?? organisation.cursors[operation]
                let before = try await Self.entries(of: organisation, bed)
                let own = try await call(
                    operation,
                    entry,
                    entry.takesID ? id ?? "" : "",
                    token,
                    as: organisation
                )
                let isTold = try await Self.entries(of: organisation, bed) > before
                let changes = !operation.hasPrefix("GET ") && !Self.untold.contains(operation)
                if changes, (200..<300).contains(own.status), !isTold {
                    findings.append("\(operation) leaves no entry in the audit log")
                }
                let isRight = (200..<300).contains(own.status) || [409, 503].contains(own.status)
                if !isRight, !Self.guesses.contains(operation) {
                    findings.append("\(operation) with an id of one's own answers \(own.status)")
                }
                guard entry.kind != nil, own.status != 503 else { continue }
                let missing = try await call(
                    operation,
                    entry,
                    Self.missing,
                    token,
                    as: organisation
                )
                if own.status == missing.status, own.text == missing.text {
                    findings.append("\(operation) does not tell one's own id from a missing one")
                }
            }
        }
    }

    /// What changes nothing that lasts: a message to the organisation's own webhook, and what is so
    /// already.
    private static let untold = [
        "POST /api/v1/webhooks/{id}/test", "PATCH /api/v1/organisation",
        "DELETE /api/v1/users/{id}/second-factor",
    ]

    private static func entries(
        of organisation: IsolationWorld.Organisation,
        _ bed: TestBed
    ) async throws -> Int64 {
        try await bed.catalog.auditHead(organisation.member.tenant)?.position ?? 0
    }

    /// What is tried with a wrong password or code here, and nothing else.
    private static let guesses = [
        "POST /api/v1/me/password", "POST /api/v1/me/second-factor/confirm",
    ]

    /// What changes comes after what only reads, what destroys after that, there a thing after what is
    /// in it, and the login last.
    static func ordered(_ operations: [String]) -> [String] {
        let last = ["DELETE /api/v1/sessions/{id}", "POST /api/v1/me/password"]
        // What is in another thing goes before it.
        let inner = "DELETE /api/v1/users/{id}/grants/{grant_id}"
        let ranks = ["GET": 0, "POST": 1, "PUT": 2, "PATCH": 3, "DELETE": 4]
        func rank(_ name: String) -> Int {
            if last.contains(name) { return 5 }
            if name == inner { return 3 }
            return ranks[name.split(separator: " ").first.map { String($0) } ?? ""] ?? 5
        }
        func depth(_ name: String) -> Int { rank(name) == 4 ? name.count { $0 == "/" } : 0 }
        return operations.sorted { (rank($0), -depth($0), $0) < (rank($1), -depth($1), $1) }
    }

    /// An id that nothing has.
    static let missing = "0197c0de-0000-4000-8000-00000000dead"

    mutating func look(
        _ outcome: Outcome,
        _ operation: String,
        _ entry: IsolationEntry,
        _ id: String
    ) {
        // Row security alone refuses what is added for another organisation, which is an error of the
        // program.
        if outcome.status == 500, layers != .rowSecurity {
            findings.append("\(operation) \(entry.query ?? "") answers 500 to \(id)")
        }
        for secret in world.victim.secrets where secret != id {
            guard outcome.raw.contains(secret) || outcome.headers.contains(secret) else { continue }
            findings.append("\(operation) \(entry.query ?? "") shows \(secret)")
        }
    }

    mutating func call(
        _ operation: String,
        _ entry: IsolationEntry,
        _ id: String,
        _ token: String,
        as organisation: IsolationWorld.Organisation? = nil,
        headers sent: [(String, String)] = []
    ) async throws -> Outcome {
        let organisation = organisation ?? world.caller
        calls += 1
        let words = operation.split(separator: " ").map { String($0) }
        let ids = organisation.ids
        let first = entry.within.flatMap { ids[$0] } ?? id
        // Beside a foreign id one's own.
        let second = entry.within == nil ? ids[.grant] ?? id : id
        var uri = words[1].replacing("{id}", with: first).replacing("{camera_id}", with: id)
            .replacing("{grant_id}", with: second)
        if let query = entry.query { uri += "?" + query.replacing("#", with: id) }
        let body = entry.body?.replacing("#", with: id)
            .replacing("@camera", with: ids[.camera] ?? "")
        let target = uri
        let answer = try await bed.run { api in
            try await api.send(words[0], target, token: token, body: body, headers: sent)
        }
        // What differs between any two requests.
        let own = ["x-request-id", "date", "ratelimit"]
        let headers = answer.headers.filter {
            !own.contains($0.name.canonicalName)
        }.map { "\($0.name): \($0.value)" }.sorted().joined(separator: "\n")
        return Outcome(
            status: answer.status,
            text: id.isEmpty ? answer.text : answer.text.replacing(id, with: "#"),
            raw: answer.text,
            headers: headers
        )
    }
}
