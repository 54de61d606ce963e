import API
import Catalog
import Domain
import Identity
import PasswordHash
import Testing

/// Login, refresh, logout and me.
struct LoginTests {
    private func body(_ email: String, _ password: String, _ tenant: String) -> String {
        #"{"email":"\#(email)","password":"\#(password)","tenant":"\#(tenant)"}"#
    }

    @Test func `a login gives tokens that work`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member(.operator)
        try await bed.run { api in
            let answer = try await api.post(
                "/api/v1/auth/login",
                nil,
                body(member.email, TestBed.password, member.tenantName)
            )
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.string("expires_in") == "600")
            let me = try await api.send(
                "GET",
                "/api/v1/me",
                token: answer.string("access_token")
            )
            #expect(me.string("email") == member.email)
            #expect(me.string("tenant", "id") == "\(member.tenant)")
            #expect(me.string("role") == "operator")
        }
    }

    @Test func `wrong password, user and tenant get one answer`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            var answers: Set<String> = []
            for (email, password, tenant) in [
                (member.email, "wrong", member.tenantName),
                ("nobody@example.com", TestBed.password, member.tenantName),
                (member.email, TestBed.password, "no-such-tenant"),
            ] {
                let answer = try await api.post(
                    "/api/v1/auth/login",
                    nil,
                    body(email, password, tenant)
                )
                #expect(answer.status == 401)
                answers.insert(answer.text)
            }
            #expect(answers.count == 1)
        }
    }

    /// `TestBed.password` under less than today's parameters: argon2id of 8 MiB in one pass.
    private static let weak =
        "$argon2id$v=19$m=8192,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg"
        + "$x4/JdGFmyxW2y8Clz1K/oyHUfUcfME68XpeOiT50JvY"

    @Test func `a right password is kept under today's parameters, and is good on`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        @Sendable func kept() async throws -> String? {
            try await bed.catalog.passwordHash(member.tenant, member.user)
        }
        try await bed.asSuperuser(
            "UPDATE users SET password_hash = '\(Self.weak)' WHERE id = '\(member.user)'"
        )
        try await bed.run { api in
            #expect(try await api.logIn(member, password: "wrong").status == 401)
            #expect(try await kept() == Self.weak)
            #expect(try await api.logIn(member).status == 200)
            let renewed = try #require(try await kept())
            #expect(renewed != Self.weak && !PasswordHasher.needsRehash(renewed))
            // No login ends by it, and the password is the same.
            #expect(try await api.get("/api/v1/me", member).status == 200)
            #expect(try await api.logIn(member).status == 200)
            #expect(try await kept() == renewed)
        }
    }

    @Test func `the development login works in development only`() async throws {
        let bed = try await TestBed.shared()
        let production = try bed.variant { $0.isDevelopment = false }
        let login = body(
            DevelopmentLogin.email,
            DevelopmentLogin.password,
            DevelopmentLogin.tenant
        )
        try await bed.run { api in
            let answer = try await api.post("/api/v1/auth/login", nil, login)
            #expect(answer.status == 200)
        }
        try await production.run { api in
            // Whatever is around the words that find its row.
            for email in [DevelopmentLogin.email, " Admin@Sparc.dev ", "admin@sparc.dev "] {
                let answer = try await api.post(
                    "/api/v1/auth/login",
                    nil,
                    body(email, DevelopmentLogin.password, DevelopmentLogin.tenant)
                )
                #expect(answer.status == 401)
            }
        }
    }

    @Test func `guessing is slowed down, also with the right password at last`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            for _ in 0..<LoginThrottle.freeAttempts {
                let answer = try await api.post(
                    "/api/v1/auth/login",
                    nil,
                    body(member.email, "guess", member.tenantName)
                )
                #expect(answer.status == 401)
            }
            // Spaces and case make no other account.
            let spaced = try await api.post(
                "/api/v1/auth/login",
                nil,
                body("  \(member.email.uppercased()) ", "guess", member.tenantName.uppercased())
            )
            #expect(spaced.status == 429)
            let answer = try await api.post(
                "/api/v1/auth/login",
                nil,
                body(member.email, TestBed.password, member.tenantName)
            )
            #expect(answer.status == 429)
            #expect(Int(answer.header("retry-after") ?? "") ?? 0 > 0)
        }
    }

    @Test func `a refresh token is exchanged, and a logout ends the session`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let first = try await api.post(
                "/api/v1/auth/login",
                nil,
                body(member.email, TestBed.password, member.tenantName)
            )
            func refresh(_ token: String) async throws -> APIClient.Answer {
                try await api.post(
                    "/api/v1/auth/refresh",
                    nil,
                    #"{"refresh_token":"\#(token)"}"#
                )
            }
            let old = first.string("refresh_token")
            let second = try await refresh(old)
            #expect(second.status == 200)
            // A second tab with the same token gets the same successor.
            #expect(try await refresh(old).status == 200)
            let new = second.string("refresh_token")
            let out = try await api.post(
                "/api/v1/auth/logout",
                nil,
                #"{"refresh_token":"\#(new)"}"#
            )
            #expect(out.status == 204)
            #expect(try await refresh(new).status == 401)
            #expect(try await refresh(old).status == 401)
            #expect(try await refresh(first.string("access_token")).status == 401)
        }
    }
}
