import API
import Catalog
import Domain
import HTTPTypes
import Identity
import Testing

/// The audit log over HTTP, and that what people read is in it.
struct AuditRouteTests {
    @Test func `who did what, by which login and request`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        try await bed.run { api in
            let site = try await api.post("/api/v1/sites", owner, #"{"name":"Yard"}"#)
            #expect(site.status == 201)
            let log = try await api.get("/api/v1/audit?action=site.created", owner)
            #expect(log.status == 200, "\(log.text)")
            #expect(log.string("items", "0", "subject", "id") == site.string("id"))
            #expect(log.string("items", "0", "actor", "kind") == "person")
            #expect(log.string("items", "0", "actor", "id") == "\(owner.user)")
            #expect(log.string("items", "0", "actor", "session") == "\(owner.session)")
            #expect(log.string("items", "0", "actor_email") == owner.email)
            #expect(log.string("items", "0", "after", "name") == "Yard")
            let request = site.headers.first { $0.name.canonicalName == "x-request-id" }?.value
            #expect(log.string("items", "0", "actor", "request") == request)
            let reads = try await api.get("/api/v1/audit?action=audit.read", owner)
            #expect(!reads.string("items", "0", "actor", "id").isEmpty)
        }
    }

    @Test func `pages go back to the first entry, once each`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        try await bed.run { api in
            for index in 0..<12 {
                _ = try await api.post("/api/v1/sites", owner, #"{"name":"Site \#(index)"}"#)
            }
            var places: [String] = []
            var cursor = ""
            repeat {
                let page = try await api.get("/api/v1/audit?limit=5\(cursor)", owner)
                #expect(page.status == 200)
                for index in 0..<5 {
                    let place = page.string("items", "\(index)", "entry")
                    if !place.isEmpty { places.append(place) }
                }
                let next = page.string("next")
                cursor = next.isEmpty ? "" : "&cursor=\(next)"
            } while !cursor.isEmpty
            #expect(places.count > 13 && Set(places).count == places.count)
            #expect(places.last?.contains("tenant.created") == true)
            for wrong in ["limit=0", "limit=501", "cursor=x", "from=yesterday", "action="] {
                let answer = try await api.get("/api/v1/audit?\(wrong)", owner)
                #expect(answer.status == 400, "\(wrong)")
            }
        }
    }

    @Test func `who watches is told before anything is shown, once for one viewing`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        try await bed.run { api in
            let camera = try await api.addCamera(owner)
            let range = "from=2026-01-01T00:00:00Z&to=2026-01-01T00:10:00Z"
            for _ in 0..<3 {
                let answer = try await api.get("/hls/\(camera)/archive.m3u8?\(range)", owner)
                #expect(answer.status == 200, "\(answer.text)")
            }
            let told = try await api.get("/api/v1/audit?action=footage.read", owner)
            #expect(told.string("items", "0", "subject", "id") == "\(camera)")
            #expect(told.string("items", "0", "details", "what") == "archive")
            #expect(told.string("items", "0", "details", "from").hasPrefix("2026-01-01T00:00:00"))
            #expect(told.string("items", "1", "entry").isEmpty)
            _ = try await api.get("/api/v1/users", owner)
            let people = try await api.get("/api/v1/audit?action=people.read", owner)
            #expect(people.string("items", "0", "actor", "id") == "\(owner.user)")
        }
    }

    @Test func `a key's doing is told as the key's`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        try await bed.run { api in
            let key = try await api.post(
                "/api/v1/api-keys",
                owner,
                #"{"name":"Backup","permissions":["sites.manage"],"expires_in_days":3}"#
            )
            let made = try await api.send(
                "POST",
                "/api/v1/sites",
                token: key.string("key"),
                body: #"{"name":"By key"}"#
            )
            #expect(made.status == 201, "\(made.text)")
            let log = try await api.get("/api/v1/audit?action=site.created", owner)
            #expect(log.string("items", "0", "actor", "kind") == "key")
            #expect(log.string("items", "0", "actor", "session") == key.string("id"))
            let keys = try await api.get("/api/v1/audit?action=api_key.created", owner)
            #expect(!keys.text.contains(key.string("key")))
        }
    }

    @Test func `who logs in is told, and a refused login once for what was wrong`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        try await bed.run { api in
            func logIn(_ password: String) async throws -> Int {
                try await api.send(
                    "POST",
                    "/api/v1/auth/login",
                    body: #"{"email":"\#(owner.email)","password":"\#(password)","#
                        + #""tenant":"\#(owner.tenantName)"}"#
                ).status
            }
            #expect(try await logIn("not the word") == 401)
            #expect(try await logIn("nor this one") == 401)
            #expect(try await logIn(TestBed.password) == 200)
            try await bed.services.flushFootageReads()
            let refused = try await api.get("/api/v1/audit?action=login.refused", owner)
            #expect(refused.string("items", "0", "subject", "id") == "\(owner.user)")
            #expect(refused.string("items", "0", "details", "wrong") == "password")
            #expect(refused.string("items", "0", "actor", "kind") == "nobody")
            #expect(refused.string("items", "1", "entry").isEmpty)
            #expect(!refused.text.contains("not the word"))
            let began = try await api.get("/api/v1/audit?action=session.began", owner)
            #expect(began.string("items", "0", "actor", "id") == "\(owner.user)")
        }
    }
}
