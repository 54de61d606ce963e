import API
import Catalog
import Domain
import Foundation
import Identity
import Testing

/// A caller with every role, and four organisations that it must not see: one that works, one that
/// is suspended, one that is to be deleted, and one whose things have the caller's names.
struct IsolationSoak: Sendable {
    let bed: TestBed
    let layers: IsolationRun.Layers
    let caller: IsolationWorld.Organisation
    let victims: [IsolationWorld.Organisation]
    private let people: [Role: Member]

    private(set) var calls = 0
    private(set) var findings: [String] = []
    /// What a missing id is answered, by entry, role and manner.
    private var missing: [String: Answer] = [:]

    private struct Answer: Equatable {
        var status: Int
        var text: String
    }

    init(_ layers: IsolationRun.Layers) async throws {
        let bed = try await TestBed.isolation(layers)
        self.bed = bed
        self.layers = layers
        let caller = try await IsolationWorld.organisation(bed)
        self.caller = caller
        var victims: [IsolationWorld.Organisation] = []
        for _ in 0..<4 { victims.append(try await IsolationWorld.organisation(bed)) }
        self.victims = victims
        var people: [Role: Member] = [.owner: caller.member]
        for role in Role.builtIn where role != .owner {
            people[role] = try await bed.member(role, of: caller.member.tenant)
        }
        self.people = people
        // In `rowSecurity` the program asks for the first one's rows.
        if layers == .rowSecurity {
            try await bed.lie(IsolationWorld(caller: caller, victim: victims[0]))
            return
        }
        try await bed.asSuperuser(
            """
            UPDATE tenants SET state = 'suspended' WHERE id = '\(victims[1].member.tenant)';
            UPDATE tenants SET state = 'closed', delete_after = now() + interval '1 day'
                WHERE id = '\(victims[2].member.tenant)';
            UPDATE cameras v SET name = c.name FROM cameras c
                WHERE v.tenant_id = '\(victims[3].member.tenant)' AND v.removed_at IS NULL
                    AND c.tenant_id = '\(caller.member.tenant)' AND c.id = '\(caller.ids[.camera] ?? "")'
            """
        )
    }

    /// Calls a part of the plan, and compares the victims' rows before and after.
    mutating func run(_ operations: [String], share: Int, seed: UInt64) async throws {
        let plan = IsolationPlan(IsolationRun.ordered(operations), victims).sample(
            share,
            seed: seed
        )
        var before: [[String: String]] = []
        for victim in victims {
            before.append(try await IsolationWorld.snapshot(victim.member.tenant, bed))
        }
        var tokens: [Role: String] = [:]
        for (index, call) in plan.enumerated() {
            // Tokens are good for ten minutes.
            if index % 10_000 == 0 { tokens = try await self.tokens() }
            guard let token = tokens[call.role] else { continue }
            try await make(call, token)
        }
        for (victim, before) in zip(victims, before) {
            let after = try await IsolationWorld.snapshot(victim.member.tenant, bed)
            for (table, digest) in before where after[table] != digest {
                findings.append("rows of \(table) of \(victim.canary) changed")
            }
        }
    }

    private func tokens() async throws -> [Role: String] {
        let seconds = bed.services.now().microseconds / 1_000_000
        let tenant = (layers == .rowSecurity ? victims[0] : caller).member.tenant
        var tokens: [Role: String] = [:]
        for (role, member) in people {
            tokens[role] = try await bed.services.tokens.sign(
                TokenClaims(
                    tenant: tenant,
                    user: member.user,
                    role: role.rawValue,
                    session: SessionID(),
                    id: UUID().uuidString,
                    issuedAt: seconds,
                    expiresAt: seconds + 3_600
                )
            )
        }
        return tokens
    }

    private mutating func make(_ call: IsolationPlan.Call, _ token: String) async throws {
        let (answer, raw) = try await send(call, call.id, token)
        if answer.status == 500, layers != .rowSecurity {
            add(call, "answers 500")
        }
        for victim in victims {
            for secret in victim.secrets where secret.lowercased() != call.id?.lowercased() {
                if raw.contains(secret) { add(call, "shows \(secret)") }
            }
        }
        guard let id = call.id, call.victim != nil, UUID(uuidString: id) != nil else { return }
        let key = "\(call.number) \(call.role) \(call.manner)"
        if missing[key] != answer {
            // The organisation's own things changed meanwhile, or the id is told from a missing one.
            let again = try await send(call, Self.none, token).answer
            missing[key] = again
            let now = try await send(call, id, token).answer
            if now != again {
                add(call, "tells a foreign id (\(now.status)) from a missing one (\(again.status))")
            }
        }
    }

    private static let none = "0197c0de-0000-4000-8000-00000000dead"

    private mutating func add(_ call: IsolationPlan.Call, _ what: String) {
        guard findings.count < 200 else { return }
        findings.append("\(call.operation) as \(call.role) with \(call.id ?? "no id") \(what)")
    }

    private mutating func send(
        _ call: IsolationPlan.Call,
        _ id: String?,
        _ token: String
    ) async throws -> (answer: Answer, raw: String) {
        calls += 1
        let id = id ?? ""
        let words = call.operation.split(separator: " ").map { String($0) }
        let first = call.entry.within.flatMap { caller.ids[$0] } ?? id
        let second = call.entry.within == nil ? caller.ids[.grant] ?? id : id
        var uri = words[1].replacing("{id}", with: first).replacing("{camera_id}", with: id)
            .replacing("{grant_id}", with: second)
        if let query = call.entry.query { uri += "?" + query.replacing("#", with: id) }
        let body = call.entry.body?.replacing("#", with: id)
            .replacing("@camera", with: caller.ids[.camera] ?? "")
        let tenant = "\(victims[call.victim ?? 0].member.tenant)"
        var headers: [(String, String)] = []
        switch call.manner {
        case .plain, .capitals: break
        case .header: headers = [("X-Tenant-Id", tenant)]
        case .cookie: headers = [("Cookie", "tenant=\(tenant); tenant_id=\(tenant)")]
        case .parameter: uri += (uri.contains("?") ? "&" : "?") + "tenant_id=" + tenant
        }
        let target = uri
        let sent = headers
        let answer = try await bed.run { api in
            try await api.send(words[0], target, token: token, body: body, headers: sent)
        }
        let text = id.isEmpty ? answer.text : answer.text.replacing(id, with: "#")
        return (Answer(status: answer.status, text: text), answer.text)
    }
}
