import API
import Catalog
import Domain
import Foundation
import Testing

/// Members that no body has, in every body of the description: refused by their names, and no row of
/// any table differs.
struct MassAssignmentTests {
    /// What would be worth setting, with a value of the kind that a row has; `#` stands for another
    /// organisation's id.
    private static let members: [(name: String, value: String)] = [
        ("tenant_id", ##""#""##), ("tenantId", ##""#""##), ("tenant", ##""#""##),
        ("id", ##""#""##), ("ID", ##""#""##), ("user_id", ##""#""##), ("provider_id", ##""#""##),
        ("provider", "true"), ("is_provider", "true"), ("role", #""owner""#),
        ("roles", #"["owner"]"#), ("permissions", #"["tenant.manage"]"#), ("scope", #""all""#),
        ("is_admin", "true"), ("epoch", "99"), ("sequence", "1"), ("retention", "36500"),
        ("retention_days", "3650"), ("legal_hold", "false"), ("held", "false"),
        ("created_at", #""2020-01-01T00:00:00Z""#), ("updated_at", #""2020-01-01T00:00:00Z""#),
        ("removed_at", #""2020-01-01T00:00:00Z""#), ("disabled_at", #""2020-01-01T00:00:00Z""#),
        ("disabled", "false"), ("suspended", "false"), ("state", #""active""#),
        ("closed", "false"), ("delete_after", #""2999-01-01T00:00:00Z""#),
        ("limits", #"{"cameras":1000000}"#), ("plan", #""enterprise""#), ("allows_visits", "true"),
        ("password_hash", #""$argon2id$v=19$m=1,t=1,p=1$YQ$YQ""#), ("secret", #""x""#),
        ("secret_hash", #""x""#), ("session", ##""#""##), ("home", ##""#""##),
        ("expires_at", #""2999-01-01T00:00:00Z""#), ("object_key", #""a/b""#),
        ("sealed_password", #""x""#), ("enabled", "true"), ("email_verified", "true"),
        ("second_factor", "false"), ("__proto__", #"{"role":"owner"}"#), ("", "1"),
    ]

    /// Bodies of what takes no token; none of them is of anybody.
    private static let open: [String: String] = [
        "POST /api/v1/auth/login": #"{"email":"a@example.com","password":"x","tenant":"t"}"#,
        "POST /api/v1/auth/refresh": #"{"refresh_token":"x"}"#,
        "POST /api/v1/auth/logout": #"{"refresh_token":"x"}"#,
        "POST /api/v1/auth/oidc/token": #"{"login":"x"}"#,
        "POST /api/v1/setup":
            #"{"token":"x","organisation":"O","tenant":"t.example","email":"a@example.com","#
            + #""password":"a long sentence"}"#,
        "POST /api/v1/invitations/accept": #"{"token":"x","password":"a long sentence"}"#,
    ]

    /// Bodies with an object inside; `~` stands for one more member of that.
    private static let nested: [String: String] = [
        "POST /api/v1/tenants":
            #"{"name":"N","domain":"n.example","limits":{"cameras":1~}}"#,
        "PATCH /api/v1/tenants/{id}": #"{"limits":{"cameras":1~}}"#,
        "POST /api/v1/cameras":
            #"{"name":"N","streams":[{"role":"main","url":"rtsp://10.1.2.3/s"~}]}"#,
    ]

    /// A body of an operation that the program would take, with its target.
    private struct Template {
        var method: String
        var uri: String
        /// With `~` where one more member goes.
        var body: String
        var token: String?
        /// What the object says that it has already.
        var properties: Set<String>
    }

    /// The JSON bodies of the people's operations, by name.
    private static func bodies() throws -> [String: [String: Any]] {
        let specification = try Specification.shared()
        var found: [String: [String: Any]] = [:]
        for name in specification.operations where !name.contains("/internal/") {
            let words = name.split(separator: " ").map { String($0) }
            let operation = specification.operation(words[0], words[1]) ?? [:]
            let body = specification.resolve(operation["requestBody"] as? [String: Any] ?? [:])
            let content = body["content"] as? [String: Any]
            let media = content?["application/json"] as? [String: Any]
            guard let schema = media?["schema"] as? [String: Any] else { continue }
            found[name] = specification.resolve(schema)
        }
        return found
    }

    private static func properties(_ schema: [String: Any]) -> [String: [String: Any]] {
        let own = schema["properties"] as? [String: Any] ?? [:]
        return own.compactMapValues { $0 as? [String: Any] }
    }

    /// The object in a body, if there is one.
    private static func inner(_ schema: [String: Any]) throws -> [String: Any]? {
        let specification = try Specification.shared()
        for property in properties(schema).values.map(specification.resolve) {
            let items = specification.resolve(property["items"] as? [String: Any] ?? [:])
            for candidate in [property, items] where candidate["properties"] != nil {
                return candidate
            }
        }
        return nil
    }

    private static func templates(
        _ world: IsolationWorld
    ) throws -> [(name: String, Template)] {
        var found: [(String, Template)] = []
        for (name, schema) in try bodies().sorted(by: { $0.key < $1.key }) {
            let words = name.split(separator: " ").map { String($0) }
            let own = world.caller.ids
            let entry = IsolationEntry.table[name]?.first { $0.body?.isEmpty == false }
            let body = try #require(open[name] ?? entry?.body, "\(name) has no body here")
            let id = entry?.kind.flatMap { own[$0] } ?? ""
            let first = entry?.within.flatMap { own[$0] } ?? id
            var template = Template(
                method: words[0],
                uri: words[1].replacing("{id}", with: first),
                body: body.replacing("#", with: id)
                    .replacing("@camera", with: own[.camera] ?? "").dropLast() + "~}",
                token: open[name] == nil ? world.caller.member.token : nil,
                properties: Set(properties(schema).keys)
            )
            found.append((name, template))
            let inner = try inner(schema)
            #expect((inner == nil) == (nested[name] == nil), "\(name)")
            guard let inner, let body = nested[name] else { continue }
            template.body = body
            template.properties = Set(properties(inner).keys)
            found.append((name, template))
        }
        return found
    }

    @Test func `no body takes a member that it does not have, and nothing changes`() async throws {
        let bed = try await TestBed.isolation(.both)
        let world = try await IsolationWorld.make(bed)
        let templates = try Self.templates(world)
        #expect(templates.count > 35)
        try await bed.run { api in
            var calls = 0
            for (name, template) in templates {
                let before = try await TableDigests.all(bed)
                for (member, value) in Self.members where !template.properties.contains(member) {
                    let value = value.replacing("#", with: "\(world.victim.member.tenant)")
                    let answer = try await api.send(
                        template.method,
                        template.uri,
                        token: template.token,
                        body: template.body.replacing("~", with: #","\#(member)":\#(value)"#)
                    )
                    calls += 1
                    #expect(answer.status == 400, "\(name) with \(member): \(answer.text)")
                    let field = answer.string("errors", "0", "field")
                    #expect(field.hasSuffix(member), "\(name) with \(member): \(answer.text)")
                    #expect(
                        answer.value("errors", "1") == .null,
                        "\(name) with \(member): \(answer.text)"
                    )
                }
                let changed = TableDigests.changed(before, try await TableDigests.all(bed))
                #expect(changed.isEmpty, "\(name): \(changed)")
            }
            print("mass assignment: \(calls) members in \(templates.count) bodies")
        }
    }

    @Test func `a body where none belongs is not read`() async throws {
        let bed = try await TestBed.isolation(.both)
        let world = try await IsolationWorld.make(bed)
        let operations = try Specification.shared().operations.filter { name in
            let known = IsolationEntry.table[name]?.first?.body
            return known?.isEmpty == true
        }
        #expect(operations.count >= 5)
        let members = Self.members.filter { !$0.name.isEmpty }.map { member in
            #""\#(member.name)":"#
                + member.value.replacing("#", with: "\(world.victim.member.tenant)")
        }.joined(separator: ",")
        let before = try await IsolationWorld.snapshot(world.victim.member.tenant, bed)
        let all = try await TableDigests.all(bed)
        try await bed.run { api in
            for name in operations.sorted() {
                let words = name.split(separator: " ").map { String($0) }
                let kind = try #require(IsolationEntry.table[name]?.first?.kind)
                let answer = try await api.send(
                    words[0],
                    words[1].replacing("{id}", with: world.caller.ids[kind] ?? ""),
                    token: world.caller.member.token,
                    body: "{\(members)}"
                )
                // A client that works cannot be resumed.
                #expect(answer.status < 300 || answer.status == 409, "\(name): \(answer.text)")
            }
        }
        let after = try await IsolationWorld.snapshot(world.victim.member.tenant, bed)
        #expect(TableDigests.changed(before, after).isEmpty)
        let changed = Set(TableDigests.changed(all, try await TableDigests.all(bed)))
        print("mass assignment: without a body \(operations.count) change \(changed.sorted())")
        let own: Set = [
            "alerts", "audit_entries", "audit_heads", "events", "invitations", "outbox",
            "webhook_deliveries",
        ]
        #expect(changed.isSubset(of: own))
    }

    /// A worker's body with members in each of its objects, which a newer one may send: what is
    /// stored is what the plain body says.
    @Test func `members that a worker adds change nothing that is stored`() async throws {
        let bed = try await TestBed.isolation(.both)
        let world = try await IsolationWorld.make(bed)
        let camera = try #require(CameraID(world.caller.ids[.camera] ?? ""))
        let footage = try await Footage(bed, world.caller.member, camera)
        let start = WallTime(seconds: bed.services.now().microseconds / 1_000_000 - 600)
        let offer = try await footage.offer(footage.chunk(1, start: start, run: RunID()))
        let offers = try JSONEncoder().encode(ChunkOffers(offers: [offer]))
        let plain = String(decoding: offers, as: UTF8.self)
        // A name that a body has is no further member.
        let members = Self.members.filter { member in
            !member.name.isEmpty && !plain.contains(#""\#(member.name)":"#)
        }
        #expect(members.count > 35)
        let more = members.map { member in
            #""\#(member.name)":"#
                + member.value.replacing("#", with: "\(world.victim.member.tenant)")
        }.joined(separator: ",")
        let full = plain.replacing("{\"", with: "{\(more),\"")
        let before = try await IsolationWorld.snapshot(world.victim.member.tenant, bed)
        try await bed.run { api in
            let uri = "/internal/v1/workers/\(footage.worker)/chunks"
            let first = try await api.worker("POST", uri, full)
            #expect(first.status == 200, "\(first.text)")
            let stored = try await TableDigests.all(bed)
            // The same chunk as it is; another one would be refused.
            let again = try await api.worker("POST", uri, plain)
            #expect(again.status == 200 && again.text == first.text, "\(again.text)")
            let changed = TableDigests.changed(stored, try await TableDigests.all(bed))
            #expect(changed.isEmpty, "\(changed)")
        }
        let chunk = try await bed.catalog.chunk(offer.sealed.chunk.identity)
        #expect(chunk != nil)
        let after = try await IsolationWorld.snapshot(world.victim.member.tenant, bed)
        #expect(TableDigests.changed(before, after).isEmpty)
    }
}
