import API
import Catalog
import Domain
import Identity
import Keys
import Testing

/// The one-time link of a first start, on a database of its own.
@Suite struct SetupTests {
    private static let password = "correct horse battery"

    private func body(
        _ token: String,
        organisation: String = "Example Ltd",
        tenant: String = "example.com",
        email: String = "owner@example.com",
        password: String = SetupTests.password
    ) -> String {
        """
        {"token":"\(token)","organisation":"\(organisation)","tenant":"\(tenant)",
        "email":"\(email)","password":"\(password)"}
        """
    }

    private func login(_ tenant: String) -> String {
        """
        {"email":"owner@example.com","password":"\(Self.password)","tenant":"\(tenant)"}
        """
    }

    @Test func `the link makes an organisation and its owner, who logs in by name or domain`()
        async throws
    {
        let bed = try await TestBed.empty()
        let token = SetupToken()
        #expect(try await bed.catalog.offerSetup(tokenHash: token.hash))
        try await bed.run { api in
            let answer = try await api.post("/api/v1/setup", nil, body(token.text))
            #expect(answer.status == 201, "\(answer.text)")
            #expect(answer.string("tenant", "domain") == "example.com")
            #expect(answer.string("role") == "owner")
            for name in ["Example Ltd", "EXAMPLE.com"] {
                let tokens = try await api.post("/api/v1/auth/login", nil, login(name))
                #expect(tokens.status == 200, "\(tokens.text)")
                let me = try await api.send(
                    "GET",
                    "/api/v1/me",
                    token: tokens.string("access_token")
                )
                #expect(me.string("tenant", "id") == answer.string("tenant", "id"))
                #expect(me.string("role") == "owner")
            }
            let again = try await api.post("/api/v1/setup", nil, body(token.text, tenant: "other"))
            #expect(again.status == 403)
        }
        #expect(try await !bed.catalog.offerSetup(tokenHash: SetupToken().hash))
    }

    @Test func `wrong, replaced and expired tokens get one answer, and then have to wait`()
        async throws
    {
        let bed = try await TestBed.empty()
        let (old, new) = (SetupToken(), SetupToken())
        #expect(try await bed.catalog.offerSetup(tokenHash: old.hash))
        #expect(try await bed.catalog.offerSetup(tokenHash: new.hash))
        try await bed.asSuperuser("UPDATE sparc.setup_links SET expires_at = now()")
        try await bed.run { api in
            var answers: Set<String> = []
            for text in ["x", SetupToken().text, old.text, new.text] {
                let answer = try await api.post("/api/v1/setup", nil, body(text))
                #expect(answer.status == 403)
                answers.insert(answer.text)
            }
            #expect(answers.count == 1)
            _ = try await api.post("/api/v1/setup", nil, body("x"))
            let slow = try await api.post("/api/v1/setup", nil, body("x"))
            #expect(slow.status == 429)
            #expect(slow.header("retry-after") != nil)
        }
        #expect(try await !bed.catalog.isSetUp())
    }

    @Test func `wrong fields are named, all at once, and use nothing up`() async throws {
        let bed = try await TestBed.empty()
        let token = SetupToken()
        #expect(try await bed.catalog.offerSetup(tokenHash: token.hash))
        try await bed.run { api in
            let answer = try await api.post(
                "/api/v1/setup",
                nil,
                body(
                    token.text,
                    organisation: "  ",
                    tenant: "a b",
                    email: "nobody",
                    password: "short"
                )
            )
            #expect(answer.status == 400)
            let fields = (0..<4).map { answer.string("errors", "\($0)", "field") }
            #expect(fields == ["organisation", "tenant", "email", "password"])
            #expect(!answer.text.contains(token.text) && !answer.text.contains("short\""))
            for tenant in ["-a", "a..b", "a_b", "ä"] {
                let wrong = try await api.post(
                    "/api/v1/setup",
                    nil,
                    body(token.text, tenant: tenant)
                )
                #expect(wrong.string("errors", "0", "field") == "tenant")
            }
            let empty = try await api.post("/api/v1/setup", nil, "{}")
            #expect(empty.status == 400)
            #expect(empty.string("errors", "4", "problem") == "is missing")
            let extra = try await api.post("/api/v1/setup", nil, #"{"admin":true}"#)
            #expect(extra.text.contains("is not a member of this object"))
        }
        #expect(try await bed.catalog.isSetupOpen(tokenHash: token.hash))
    }

    @Test func `of two who use the link at once one wins`() async throws {
        let bed = try await TestBed.empty()
        let token = SetupToken()
        #expect(try await bed.catalog.offerSetup(tokenHash: token.hash))
        try await bed.run { api in
            let statuses = try await withThrowingTaskGroup { group in
                for number in 0..<4 {
                    let wanted = body(
                        token.text,
                        organisation: "Org \(number)",
                        tenant: "org-\(number)"
                    )
                    group.addTask { try await api.post("/api/v1/setup", nil, wanted).status }
                }
                var all: [Int] = []
                for try await status in group { all.append(status) }
                return all
            }
            #expect(statuses.sorted() == [201, 403, 403, 403])
        }
    }

    @Test func `the lifetimes of tokens are as they are set`() async throws {
        let bed = try await TestBed.shared().variant {
            $0.accessLifetime = 120
            $0.refreshLifetime = 7_200
        }
        let member = try await bed.member()
        try await bed.run { api in
            let answer = try await api.post(
                "/api/v1/auth/login",
                nil,
                """
                {"email":"\(member.email)","password":"\(TestBed.password)",
                "tenant":"\(member.tenantName)"}
                """
            )
            #expect(answer.string("expires_in") == "120")
            let sessions = try await bed.catalog.sessions(member.tenant, member.user)
            let made = try #require(sessions.first { $0.id != member.session })
            let seconds = (made.expiresAt.microseconds - made.createdAt.microseconds) / 1_000_000
            #expect(seconds == 7_200)
        }
    }
}
