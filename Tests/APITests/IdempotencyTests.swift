import API
import Catalog
import Database
import Domain
import Foundation
import Identity
import Testing

/// Requests with an `Idempotency-Key`: done once, answered as often as they are asked.
struct IdempotencyTests {
    private static let header = "Idempotency-Key"
    private static let hold =
        #"{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","reason":"case 7"}"#

    private func post(
        _ api: APIClient,
        _ path: String,
        _ token: String,
        _ key: String,
        _ body: String
    ) async throws -> APIClient.Answer {
        try await api.send(
            "POST",
            path,
            token: token,
            body: body,
            headers: [(Self.header, key)]
        )
    }

    /// A number, as superuser.
    private func count(
        _ bed: TestBed,
        _ sql: StaticString,
        _ tenant: TenantID
    ) async throws -> Int {
        let connection = try await Connection.open(bed.owner)
        let count = try await connection.run { session throws(DatabaseError) -> Int in
            try session.query(sql, .id(tenant)).first?.value(0) ?? -1
        }
        await connection.close()
        return count
    }

    /// Operations that make something; `#` stands for the id of a user or webhook.
    private static let operations = [
        ("/api/v1/sites", #"{"name":"Head office"}"#),
        ("/api/v1/holds", hold),
        (
            "/api/v1/api-keys",
            #"{"name":"Backup","permissions":["cameras.read"],"expires_in_days":1}"#
        ),
        ("/api/v1/webhooks", #"{"url":"https://example.com/"}"#),
        ("/api/v1/users", #"{"email":"new@example.com","role":"viewer"}"#),
        ("/api/v1/users/#/invitation", ""),
        ("/api/v1/roles", #"{"name":"Night shift","permissions":["cameras.read"]}"#),
        ("/api/v1/webhooks/#/test", ""),
        ("/api/v1/cameras", #"{"name":"Gate","url":"rtsp://10.1.2.3/s"}"#),
        (
            "/api/v1/tenants",
            #"{"name":"Client of #","domain":"c-#.example","owner_email":"a@c.example"}"#
        ),
        ("/api/v1/tenants/#/owner", #"{"email":"a@c.example"}"#),
        ("/api/v1/tenants/#/visits", #"{"reason":"Ticket 4711"}"#),
        (
            "/api/v1/identity-providers",
            #"{"name":"ID","issuer":"https://id.example.com","client_id":"c","client_secret":"s"}"#
        ),
    ]

    @Test(arguments: operations)
    func `a repeat gets the same answer and makes nothing`(
        path: String,
        body: String
    ) async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let body = body.replacing("#", with: "\(member.tenant)")
        if path.contains("tenants") {
            #expect(try await bed.catalog.setProvider(member.tenant, true))
        }
        try await bed.run { api in
            var path = path
            if path.contains("users/#") {
                let viewer = try await bed.member(.viewer, of: member.tenant)
                path = path.replacing("#", with: "\(viewer.user)")
            } else if path.contains("tenants/#") {
                let client = try await api.post(
                    "/api/v1/tenants",
                    member,
                    #"{"name":"Of \#(member.tenant)","domain":"d-\#(member.tenant).example"}"#
                )
                path = path.replacing("#", with: client.string("tenant", "id"))
            } else if path.contains("#") {
                let webhook = try await api.post(
                    "/api/v1/webhooks",
                    member,
                    #"{"url":"https://example.com/"}"#
                )
                path = path.replacing("#", with: webhook.string("id"))
            }
            let first = try await post(api, path, member.token, "k-1", body)
            #expect((200..<300).contains(first.status), "\(first.text)")
            let rows = try await rows(bed, member.tenant)
            for _ in 0..<3 {
                let again = try await post(api, path, member.token, "k-1", body)
                #expect(again.status == first.status)
                #expect(again.bytes == first.bytes)
                #expect(again.header("location") == first.header("location"))
            }
            #expect(try await self.rows(bed, member.tenant) == rows)
            // A camera is compared by what it is, and without a body there is no other one.
            if !path.contains("cameras"), !body.isEmpty {
                let other = body.replacing("}", with: " }")
                let reused = try await post(api, path, member.token, "k-1", other)
                #expect(reused.status == 422)
                #expect(reused.text.contains("idempotency-key-reused"))
            }
            #expect(try await self.rows(bed, member.tenant) == rows)
            // Another key is another request, which may be refused for its name.
            let next = try await post(api, path, member.token, "k-2", body)
            #expect([first.status, 409].contains(next.status))
        }
    }

    /// Everything that the operations make, counted.
    private func rows(_ bed: TestBed, _ tenant: TenantID) async throws -> Int {
        try await count(
            bed,
            """
            SELECT (SELECT count(*) FROM sites WHERE tenant_id = $1)
                + (SELECT count(*) FROM holds WHERE tenant_id = $1)
                + (SELECT count(*) FROM roles WHERE tenant_id = $1)
                + (SELECT count(*) FROM api_keys WHERE tenant_id = $1)
                + (SELECT count(*) FROM webhooks WHERE tenant_id = $1)
                + (SELECT count(*) FROM users WHERE tenant_id = $1)
                + (SELECT count(*) FROM events WHERE tenant_id = $1)
                + (SELECT count(*) FROM cameras WHERE tenant_id = $1)
                + (SELECT count(*) FROM tenants WHERE provider_id = $1)
                + (SELECT count(*) FROM identity_providers WHERE tenant_id = $1)
                + (SELECT count(*) FROM visits WHERE provider_id = $1)
                + (SELECT count(*) FROM users u JOIN tenants t ON t.id = u.tenant_id
                    WHERE t.provider_id = $1)
                + (SELECT count(*) FROM audit_entries WHERE tenant_id = $1
                    AND action IN ('client.owner_invited', 'visit.began'))
            """,
            tenant
        )
    }

    @Test func `of twenty at one time one makes it`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let answers = try await withThrowingTaskGroup(of: APIClient.Answer.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await post(api, "/api/v1/holds", member.token, "once", Self.hold)
                    }
                }
                var answers: [APIClient.Answer] = []
                for try await answer in group { answers.append(answer) }
                return answers
            }
            let made = answers.filter { $0.status == 201 }
            #expect(Set(made.map(\.text)).count == 1)
            for answer in answers where answer.status != 201 {
                #expect(answer.status == 409 && answer.header("retry-after") == "1")
            }
            let holds = try await api.get("/api/v1/holds", member)
            #expect(holds.string("items", "0", "reason") == "case 7")
            #expect(holds.string("items", "1", "reason").isEmpty)
            print("idempotency: \(made.count) of 20 were answered, the others told to wait")
        }
    }

    @Test func `what was refused leaves the key free`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            for body in [#"{"name":"A","time_zone":"No/Where"}"#, #"{"nothing":1}"#] {
                #expect(
                    try await post(api, "/api/v1/sites", member.token, "k", body).status == 400
                )
            }
            let made = try await post(api, "/api/v1/sites", member.token, "k", #"{"name":"A"}"#)
            #expect(made.status == 201)
            for key in ["", "a b", "é", String(repeating: "k", count: 129)] {
                let body = #"{"name":"B"}"#
                #expect(
                    try await post(api, "/api/v1/sites", member.token, key, body).status == 400
                )
            }
        }
    }

    @Test func `a key is one's own: of a tenant, of a person, of an API key`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let colleague = try await bed.member(of: member.tenant)
        let stranger = try await bed.member()
        try await bed.run { api in
            let made = try await api.post(
                "/api/v1/api-keys",
                member,
                #"{"name":"x","permissions":["retention.manage"],"expires_in_days":1}"#
            )
            var ids: Set<String> = []
            let tokens = [member.token, colleague.token, stranger.token, made.string("key")]
            for token in tokens {
                let answer = try await post(api, "/api/v1/holds", token, "same", Self.hold)
                #expect(answer.status == 201)
                ids.insert(answer.string("id"))
            }
            #expect(ids.count == tokens.count)
            // Who may not do it any more gets no old answer either.
            try await bed.asSuperuser(
                "UPDATE users SET disabled_at = now() WHERE id = '\(member.user)'"
            )
            let key = made.string("key")
            #expect(try await post(api, "/api/v1/holds", key, "same", Self.hold).status == 401)
        }
    }

    @Test func `a visitor's requests are done once too`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        #expect(try await bed.catalog.setProvider(member.tenant, true))
        try await bed.run { api in
            let client = try await api.post(
                "/api/v1/tenants",
                member,
                #"{"name":"Visited \#(member.tenant)","domain":"v-\#(member.tenant).example"}"#
            )
            let visit = try await api.post(
                "/api/v1/tenants/\(client.string("tenant", "id"))/visits",
                member,
                #"{"reason":"Ticket 4711"}"#
            )
            let token = visit.string("access_token")
            let first = try await post(api, "/api/v1/holds", token, "visit", Self.hold)
            #expect(first.status == 201, "\(first.text)")
            let again = try await post(api, "/api/v1/holds", token, "visit", Self.hold)
            #expect(again.bytes == first.bytes)
        }
    }

    /// The recorder of a request as a route makes it, whose process then dies.
    private func recorder(
        _ member: Member,
        _ key: String,
        _ body: String = "first"
    ) -> AnswerRecorder {
        AnswerRecorder(
            IdempotentRequest(
                tenant: member.tenant,
                user: member.user,
                principal: "\(member.user)",
                key: key,
                fingerprint: Array((body + String(repeating: "-", count: 32)).utf8.prefix(32))
            )
        ) { (_: Site) in Array("kept".utf8) }
    }

    private func age(_ bed: TestBed, _ key: String, seconds: Int64) async throws {
        try await bed.asSuperuser(
            """
            UPDATE idempotency_keys SET claimed_at = now() - interval '\(seconds) seconds'
            WHERE key = '\(key)'
            """
        )
    }

    @Test func `after a crash behind step 1 the repeat waits, then does it`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let lost = recorder(member, "crash-1")
        #expect(try await bed.catalog.claim(lost) == .begin)
        try await bed.run { api in
            func again() async throws -> APIClient.Answer {
                try await post(api, "/api/v1/sites", member.token, "crash-1", #"{"name":"A"}"#)
            }
            // Another body too, which cannot be told from it here.
            #expect(try await again().status == 422)
            try await age(bed, "crash-1", seconds: IdempotentRequest.leaseSeconds - 5)
            #expect(try await again().status == 422)
            try await age(bed, "crash-1", seconds: IdempotentRequest.leaseSeconds)
            let made = try await again()
            #expect(made.status == 201)
            #expect(try await again().bytes == made.bytes)
        }
        // It was not dead, only slow: what it changes now is undone.
        await #expect(throws: CatalogError.self) {
            _ = try await bed.catalog.recording(lost).createSite(member.tenant, name: "B")
        }
        try await bed.catalog.release(lost)
        #expect(try await bed.catalog.sites(member.tenant).map(\.name) == ["A"])
    }

    @Test func `a request that is being done is told from one that is new`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let first = recorder(member, "flight")
        #expect(try await bed.catalog.claim(first) == .begin)
        #expect(try await bed.catalog.claim(recorder(member, "flight")) == .inFlight)
        #expect(try await bed.catalog.claim(recorder(member, "flight", "other")) == .reused)
        // Behind step 2: the change is there, and so is its answer.
        _ = try await bed.catalog.recording(first).createSite(member.tenant, name: "A")
        let kept = IdempotencyDecision.answer(Array("kept".utf8))
        #expect(try await bed.catalog.claim(recorder(member, "flight")) == kept)
        // Behind step 2, and the answer of COMMIT was lost: giving the key back keeps it.
        try await bed.catalog.release(first)
        #expect(try await bed.catalog.claim(recorder(member, "flight")) == kept)
        #expect(try await bed.catalog.sites(member.tenant).count == 1)
    }

    @Test func `a change that gives no answer is not made`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let wrong = recorder(member, "wrong")
        #expect(try await bed.catalog.claim(wrong) == .begin)
        await #expect(throws: CatalogError.self) {
            _ = try await bed.catalog.recording(wrong).releaseHold(
                member.tenant,
                HoldID(),
                by: member.user
            )
        }
    }

    @Test func `keys are forgotten after a day, and there are not too many`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            func make(_ key: String) async throws -> APIClient.Answer {
                try await post(api, "/api/v1/holds", member.token, key, Self.hold)
            }
            let first = try await make("day")
            try await age(bed, "day", seconds: IdempotentRequest.lifetime - 60)
            _ = try await bed.catalog.pruneIdempotencyKeys(limit: 1_000)
            #expect(try await make("day").bytes == first.bytes)
            try await age(bed, "day", seconds: IdempotentRequest.lifetime + 60)
            let second = try await make("day")
            #expect(second.status == 201 && second.string("id") != first.string("id"))
            try await age(bed, "day", seconds: IdempotentRequest.lifetime + 60)
            #expect(try await bed.catalog.pruneIdempotencyKeys(limit: 1_000) >= 1)
            #expect(
                try await count(
                    bed,
                    "SELECT count(*) FROM idempotency_keys WHERE tenant_id = $1",
                    member.tenant
                ) == 0
            )
            try await bed.asSuperuser(
                """
                INSERT INTO idempotency_keys (tenant_id, user_id, principal, key, fingerprint, claim)
                SELECT '\(member.tenant)', '\(member.user)', '\(member.user)', 'n' || n,
                    decode(repeat('00', 32), 'hex'), gen_random_uuid()
                FROM generate_series(1, \(IdempotentRequest.countLimit)) AS n
                """
            )
            let full = try await make("one-more")
            #expect(full.status == 429 && full.header("retry-after") == "3600")
            #expect(try await api.post("/api/v1/holds", member, Self.hold).status == 201)
        }
    }

    @Test func `no secret of an answer can be read in the table`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let webhook = try await post(
                api,
                "/api/v1/webhooks",
                member.token,
                "secret",
                #"{"url":"https://example.com/canary-body"}"#
            )
            let secret = webhook.string("secret")
            #expect(secret.hasPrefix("whsec_"))
            let connection = try await Connection.open(bed.owner)
            let text = try await connection.run { session throws(DatabaseError) -> String in
                try session.query(
                    """
                    SELECT string_agg(k::text || encode(answer, 'escape'), ' ')
                    FROM idempotency_keys k WHERE tenant_id = $1
                    """,
                    .id(member.tenant)
                ).first?.value(0) ?? ""
            }
            await connection.close()
            #expect(text.contains("secret"))
            #expect(!text.contains(secret.dropFirst(6)))
            #expect(!text.contains("canary-body"))
        }
    }
}
