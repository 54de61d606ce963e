import API
import Catalog
import Domain
import HTTPTypes
import Identity
import Testing

/// Login through a provider over HTTP: the whole path, and every way in which it must not go.
@Suite(.serialized) struct ProviderLoginTests {
    @Test func `somebody unknown logs in, and is the same person the next time`() async throws {
        let fixture = try await ProviderLoginFixture.make(
            more: #""creates_people":true,"role":"operator""#
        )
        defer { fixture.close() }
        try await fixture.bed.run { api in
            var people: Set<String> = []
            for email in ["alice@example.com", "alice.married@elsewhere.example"] {
                fixture.stub.tell { $0.email = email }
                let begun = try await fixture.begin(api)
                #expect(begun.location.hasPrefix(fixture.stub.issuer + "/authorize?"))
                #expect(begun.cookie.hasPrefix("__Host-sparc_login_"))
                #expect(!begun.location.contains(begun.cookie.split(separator: "=").last ?? ""))
                let location = try await fixture.answer(api, begun)
                #expect(location.hasPrefix("/#login="), "\(location)")
                let tokens = try await fixture.redeem(api, location, cookie: begun.cookie)
                #expect(tokens.status == 200, "\(tokens.text)")
                #expect(tokens.header("set-cookie")?.contains("Max-Age=0") == true)
                // Once, as the answer of the provider before.
                #expect(try await fixture.redeem(api, location, cookie: begun.cookie).status == 403)
                #expect(try await fixture.answer(api, begun) == "/#login_error=expired")
                let token = tokens.string("access_token")
                let me = try await api.send("GET", "/api/v1/me", token: token)
                #expect(me.string("email") == "alice@example.com")
                #expect(me.string("role") == "operator")
                people.insert(me.string("id"))
                let fresh = try await api.post(
                    "/api/v1/auth/refresh",
                    nil,
                    #"{"refresh_token":"\#(tokens.string("refresh_token"))"}"#
                )
                #expect(fresh.status == 200)
            }
            #expect(people.count == 1)
        }
    }

    @Test func `the cookie is for this browser, this site and this host alone`() async throws {
        for url in ["https://sparc.example.com", "http://127.0.0.1:3000"] {
            let fixture = try await ProviderLoginFixture.make(publicURL: url)
            defer { fixture.close() }
            try await fixture.bed.run { api in
                let answer = try await api.get(
                    "/api/v1/auth/oidc/authorize?tenant=\(fixture.owner.tenantName)"
                )
                let cookie = answer.header("set-cookie") ?? ""
                for word in ["Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=660"] {
                    #expect(cookie.contains("; \(word)"), "\(cookie)")
                }
                #expect(!cookie.contains("Domain"))
                #expect(cookie.contains("; Secure") == url.hasPrefix("https"))
                #expect(cookie.hasPrefix("__Host-") == url.hasPrefix("https"))
                #expect(answer.header("cache-control") == "no-store")
                let redirect = StubProvider.items(answer.header("location") ?? "")["redirect_uri"]
                #expect(redirect == "\(url)/api/v1/auth/oidc/\(fixture.provider)/callback")
            }
        }
    }

    @Test func `a way back that is not this login's uses nothing up`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        let other = try await ProviderLoginFixture.make()
        defer { other.close() }
        try await fixture.bed.run { api in
            let begun = try await fixture.begin(api)
            let second = try await fixture.begin(api)
            let foreign = try await other.begin(api)
            let state = begun.query["state"] ?? ""
            let code = fixture.stub.consent(begun.query)
            let name = begun.cookie.split(separator: "=").first ?? ""
            let value = second.cookie.split(separator: "=").last ?? ""
            for cookie in [
                "", "x=y", second.cookie, foreign.cookie, "\(name)=", "\(name)=\(state)",
                "\(name)=\(value)", begun.cookie + "; " + begun.cookie, begun.cookie + "A",
            ] {
                let end = try await fixture.answer(
                    api,
                    begun,
                    query: "code=\(code)&state=\(state)",
                    cookie: cookie
                )
                #expect(end == "/#login_error=expired", "\(cookie)")
            }
            for query in [
                "", "code=\(code)", "code=\(code)&state=", "code=\(code)&state=\(state)A",
                "code=\(code)&state=\(second.query["state"] ?? "")", "code=\(code)&state=%00",
                "code=\(code)&state=\(state)&state=\(state)", "%", "error=access_denied&state=x",
                "code=\(code)&state=\(foreign.query["state"] ?? "")",
            ] {
                let end = try await fixture.answer(api, begun, query: query)
                #expect(end == "/#login_error=expired", "\(query)")
            }
            for provider in [other.provider, "\(IdentityProviderID())", "x"] {
                let end = try await fixture.answer(
                    api,
                    begun,
                    query: "code=\(code)&state=\(state)",
                    provider: provider
                )
                #expect(end == "/#login_error=expired", "\(provider)")
            }
            #expect(fixture.stub.count(.token) == 0)
            let end = try await fixture.answer(api, begun, query: "code=\(code)&state=\(state)")
            #expect(end.hasPrefix("/#login="))
            for cookie in ["", second.cookie, begun.cookie + "A", "\(name)=\(value)"] {
                #expect(try await fixture.redeem(api, end, cookie: cookie).status == 403)
            }
            for login in ["/#login=x", "/#login=\(ProviderLoginID())"] {
                #expect(try await fixture.redeem(api, login, cookie: begun.cookie).status == 403)
            }
            #expect(try await fixture.redeem(api, end, cookie: begun.cookie).status == 200)
        }
    }

    @Test func `a login is over after ten minutes, and its tokens after one`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        let tenant = fixture.owner.tenant
        try await fixture.bed.run { api in
            let late = try await fixture.begin(api)
            try await fixture.bed.asSuperuser(
                """
                UPDATE provider_logins SET begun_at = now() - interval '601 seconds'
                WHERE tenant_id = '\(tenant)'
                """
            )
            #expect(try await fixture.answer(api, late) == "/#login_error=expired")
            let begun = try await fixture.begin(api)
            let end = try await fixture.answer(api, begun)
            try await fixture.bed.asSuperuser(
                """
                UPDATE provider_logins SET granted_at = now() - interval '61 seconds'
                WHERE tenant_id = '\(tenant)' AND user_id IS NOT NULL
                """
            )
            #expect(try await fixture.redeem(api, end, cookie: begun.cookie).status == 403)
        }
    }

    @Test func `of many that come at once one goes on`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        try await fixture.bed.run { api in
            let begun = try await fixture.begin(api)
            let code = fixture.stub.consent(begun.query)
            let query = "code=\(code)&state=\(begun.query["state"] ?? "")"
            let ends = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await fixture.answer(api, begun, query: query) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let good = ends.filter { $0.hasPrefix("/#login=") }
            #expect(good.count == 1 && fixture.stub.count(.token) == 1)
            let end = try #require(good.first)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await fixture.redeem(api, end, cookie: begun.cookie).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 200 }.count == 1)
            #expect(statuses.filter { $0 == 403 }.count == 19)
        }
    }

    @Test func `logins that nobody goes on with are bounded, and the newest stay`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        let limit = Catalog.providerLoginLimit
        try await fixture.bed.run { api in
            let early = try await fixture.begin(api)
            try await fixture.bed.asSuperuser(
                """
                INSERT INTO provider_logins (tenant_id, id, provider_id, state_hash, browser_hash,
                    nonce, code_verifier, begun_at)
                SELECT tenant_id, gen_random_uuid(), provider_id, state_hash, browser_hash, '', '',
                    now() - n * interval '1 hour' / \(2 * limit)
                FROM provider_logins, generate_series(1, \(limit)) n
                WHERE tenant_id = '\(fixture.owner.tenant)'
                """
            )
            let late = try await fixture.begin(api)
            for _ in 0..<40 { _ = try await fixture.begin(api) }
            let rows = try await IsolationWorld.snapshot(fixture.owner.tenant, fixture.bed)
            let count = rows["provider_logins"]?.split(separator: " ").first.flatMap { Int($0) }
            // Of the half hour behind, a third is longer ago than a login may take, twice.
            #expect((count ?? limit) < limit, "\(count ?? 0)")
            for begun in [early, late] {
                let end = try await fixture.answer(api, begun)
                #expect(end.hasPrefix("/#login="))
            }
        }
    }

    @Test func `an organisation that is suspended lets nobody in`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        let tenant = fixture.owner.tenant
        @Sendable func set(_ state: String) async throws {
            try await fixture.bed.asSuperuser(
                "UPDATE tenants SET state = '\(state)' WHERE id = '\(tenant)'"
            )
        }
        try await fixture.bed.run { api in
            let begun = try await fixture.begin(api)
            let other = try await fixture.begin(api)
            let end = try await fixture.answer(api, other)
            try await set("suspended")
            #expect(try await fixture.begin(api).location == "/#login_error=unavailable")
            #expect(try await fixture.answer(api, begun) == "/#login_error=expired")
            #expect(try await fixture.redeem(api, end, cookie: other.cookie).status == 403)
            try await set("active")
            #expect(try await fixture.answer(api, begun).hasPrefix("/#login="))
        }
    }

    @Test func `nothing tells whether an organisation exists`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        let without = try await fixture.bed.member()
        let off = try await fixture.bed.member()
        _ = try await ProviderLoginFixture.add(
            fixture.stub,
            off,
            fixture.bed,
            #""role":"viewer""#
        )
        try await fixture.bed.run { api in
            let list = try await api.get("/api/v1/identity-providers", off)
            let path = "/api/v1/identity-providers/\(list.string("items", "0", "id"))"
            _ = try await api.send("PATCH", path, token: off.token, body: #"{"enabled":false}"#)
            var answers: Set<String> = []
            for tenant in [
                without.tenantName, off.tenantName, "no-such-one", "", "%00", "%", "a'b",
                String(repeating: "x", count: 2_000), "x&tenant=y",
            ] {
                let answer = try await api.get("/api/v1/auth/oidc/authorize?tenant=\(tenant)")
                #expect(answer.status == 303 && answer.bytes.isEmpty)
                let headers = answer.headers.filter { $0.name.canonicalName != "x-request-id" }
                answers.insert("\(headers.map { "\($0.name): \($0.value)" }.sorted())")
            }
            #expect(answers.count == 1)
            #expect(answers.first?.contains("/#login_error=unavailable") == true)
            let none = try await api.get("/api/v1/auth/oidc/authorize")
            #expect(none.header("location") == "/#login_error=unavailable")
        }
    }

    @Test func `one organisation's provider never opens another`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        let other = try await fixture.bed.member()
        let theirs = try await ProviderLoginFixture.add(
            fixture.stub,
            other,
            fixture.bed,
            #""creates_people":true"#
        )
        let victim = try await fixture.bed.catalog.createUser(
            other.tenant,
            email: "alice@example.com",
            passwordHash: Catalog.noPassword,
            role: "administrator"
        )
        let before = try await IsolationWorld.snapshot(other.tenant, fixture.bed)
        try await fixture.bed.run { api in
            // Same issuer, same subject, same address: another organisation, another person.
            let begun = try await fixture.begin(api)
            let state = begun.query["state"] ?? ""
            let wrong = try await fixture.answer(
                api,
                begun,
                query: "code=\(fixture.stub.consent(begun.query))&state=\(state)",
                provider: theirs
            )
            #expect(wrong == "/#login_error=expired")
            let end = try await fixture.answer(api, begun)
            let tokens = try await fixture.redeem(api, end, cookie: begun.cookie)
            let me = try await api.send(
                "GET",
                "/api/v1/me",
                token: tokens.string("access_token")
            )
            #expect(me.string("tenant", "id") == "\(fixture.owner.tenant)")
            #expect(me.string("id") != "\(victim.id)")
        }
        #expect(try await IsolationWorld.snapshot(other.tenant, fixture.bed) == before)
    }
}
