import API
import Catalog
import Domain
import Identity
import Testing

/// Whose account a first login through a provider finds, in the database.
@Suite(.serialized) struct FirstProviderLoginTests {
    private func person(
        _ fixture: ProviderLoginFixture,
        _ role: Role,
        email: String = "Alice@Example.com"
    ) async throws -> User {
        try await fixture.bed.catalog.createUser(
            fixture.owner.tenant,
            email: email,
            passwordHash: try await TestBed.hash(),
            role: role.rawValue
        )
    }

    private func expectLogin(
        _ fixture: ProviderLoginFixture,
        _ api: APIClient,
        _ wanted: String
    ) async throws {
        let found = try await logIn(fixture, api)
        #expect(found == wanted)
    }

    /// Logs in and says who it is.
    private func logIn(_ fixture: ProviderLoginFixture, _ api: APIClient) async throws -> String {
        let begun = try await fixture.begin(api)
        let end = try await fixture.answer(api, begun)
        guard end.hasPrefix("/#login=") else { return end }
        let tokens = try await fixture.redeem(api, end, cookie: begun.cookie)
        let me = try await api.send("GET", "/api/v1/me", token: tokens.string("access_token"))
        return me.string("id")
    }

    @Test func `a verified address finds the person that has it, once`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        let alice = try await person(fixture, .administrator)
        try await fixture.bed.run { api in
            try await expectLogin(fixture, api, "\(alice.id)")
            // The address was given to somebody else at the provider.
            fixture.stub.tell { $0.subject = "alice-the-second" }
            try await expectLogin(fixture, api, "/#login_error=not_allowed")
            fixture.stub.tell { $0.subject = "alice" }
            try await expectLogin(fixture, api, "\(alice.id)")
        }
    }

    @Test func `no owner's account, no address that is not vouched for`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        _ = try await person(fixture, .owner)
        let before = try await fixture.rows()
        try await fixture.bed.run { api in
            try await expectLogin(fixture, api, "/#login_error=not_allowed")
            for (email, isVerified) in [
                ("bob@example.com", nil), ("bob@example.com", false), (nil, true),
                ("bob@elsewhere.example", true), ("bob@sub.example.com", true), ("bob", true),
                ("bob@example.com@example.com", true), ("", true), ("\u{212A}@example.com", true),
            ] as [(String?, Bool?)] {
                fixture.stub.tell {
                    $0.email = email
                    $0.isVerified = isVerified
                }
                let end = try await logIn(fixture, api)
                #expect(end == "/#login_error=not_allowed", "\(email ?? "-")")
            }
        }
        #expect(try await fixture.rows() == before)
    }

    @Test func `nobody is added where nobody is to be`() async throws {
        let fixture = try await ProviderLoginFixture.make(more: #""role":"viewer""#)
        defer { fixture.close() }
        let before = try await fixture.rows()
        try await fixture.bed.run { api in
            try await expectLogin(fixture, api, "/#login_error=not_allowed")
        }
        #expect(try await fixture.rows() == before)
    }

    @Test func `the limit of people holds, and the log tells who came`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        let tenant = fixture.owner.tenant
        try await fixture.bed.asSuperuser(
            "UPDATE tenants SET user_limit = 2 WHERE id = '\(tenant)'"
        )
        try await fixture.bed.run { api in
            let alice = try await logIn(fixture, api)
            #expect(!alice.hasPrefix("/"))
            fixture.stub.tell {
                $0.subject = "bob"
                $0.email = "bob@example.com"
            }
            try await expectLogin(fixture, api, "/#login_error=not_allowed")
            // The person's own doing, from the first word to the login.
            for action in ["user.created", "user_identity.linked", "session.began"] {
                let log = try await api.get("/api/v1/audit?action=\(action)", fixture.owner)
                #expect(log.string("items", "0", "actor", "id") == alice, "\(action)")
                #expect(log.string("items", "0", "actor", "kind") == "person", "\(action)")
            }
            let began = try await api.get("/api/v1/audit?action=session.began", fixture.owner)
            #expect(
                began.string("items", "0", "actor", "session")
                    == began.string("items", "0", "subject", "id")
            )
            let log = try await api.get("/api/v1/audit?subject=\(alice)", fixture.owner)
            for action in ["user.created", "user_identity.linked"] {
                #expect(log.text.contains(action), "\(action)")
            }
            let made = try await api.get(
                "/api/v1/audit?action=identity_provider.created",
                fixture.owner
            )
            #expect(made.string("items", "0", "subject", "id") == fixture.provider)
            #expect(made.string("items", "0", "actor", "id") == "\(fixture.owner.user)")
            #expect(!made.text.contains("secret"))
        }
    }

    @Test func `a role of the organisation's own goes with its person`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        let alice = try await person(fixture, .viewer)
        try await fixture.bed.run { api in
            let role = try await api.post(
                "/api/v1/roles",
                fixture.owner,
                #"{"name":"Gate","permissions":["sites.manage"]}"#
            )
            #expect(role.status == 201, "\(role.text)")
            let given = try await api.send(
                "PATCH",
                "/api/v1/users/\(alice.id)",
                token: fixture.owner.token,
                body: #"{"role":"\#(role.string("role"))"}"#
            )
            #expect(given.status == 200, "\(given.text)")
            let begun = try await fixture.begin(api)
            let end = try await fixture.answer(api, begun)
            let tokens = try await fixture.redeem(api, end, cookie: begun.cookie)
            let token = tokens.string("access_token")
            let me = try await api.send("GET", "/api/v1/me", token: token)
            #expect(me.string("role") == role.string("role"))
            #expect(me.value("permissions") == .array([.string("sites.manage")]))
            let site = try await api.send(
                "POST",
                "/api/v1/sites",
                token: token,
                body: #"{"name":"x"}"#
            )
            #expect(site.status == 201)
            let people = try await api.send("GET", "/api/v1/users", token: token)
            #expect(people.status == 403)
        }
    }

    @Test func `UserInfo is asked where the ID token has no address`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        fixture.stub.tell { $0.hasUserInfo = true }
        let alice = try await person(fixture, .viewer)
        try await fixture.bed.run { api in
            try await expectLogin(fixture, api, "\(alice.id)")
        }
    }

    @Test func `who is disabled, or was removed, does not get in by a provider`() async throws {
        let fixture = try await ProviderLoginFixture.make(more: #""role":"viewer""#)
        defer { fixture.close() }
        let alice = try await person(fixture, .viewer)
        let path = "/api/v1/users/\(alice.id)"
        try await fixture.bed.run { api in
            let begun = try await fixture.begin(api)
            let end = try await fixture.answer(api, begun)
            #expect(end.hasPrefix("/#login="))
            let off = try await api.send(
                "PATCH",
                path,
                token: fixture.owner.token,
                body: #"{"disabled":true}"#
            )
            #expect(off.status == 200)
            // Between the provider's answer and the tokens.
            #expect(try await fixture.redeem(api, end, cookie: begun.cookie).status == 403)
            try await expectLogin(fixture, api, "/#login_error=not_allowed")
            _ = try await api.send("DELETE", path, token: fixture.owner.token)
            try await expectLogin(fixture, api, "/#login_error=not_allowed")
        }
    }

    @Test func `a provider that is switched off or removed lets nobody in`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        let path = "/api/v1/identity-providers/\(fixture.provider)"
        try await fixture.bed.run { api in
            let begun = try await fixture.begin(api)
            let token = fixture.owner.token
            _ = try await api.send("PATCH", path, token: token, body: #"{"enabled":false}"#)
            #expect(try await fixture.answer(api, begun) == "/#login_error=expired")
            try await expectLogin(fixture, api, "/#login_error=expired")
            _ = try await api.send("PATCH", path, token: token, body: #"{"enabled":true}"#)
            let again = try await fixture.begin(api)
            let end = try await fixture.answer(api, again)
            #expect(try await api.send("DELETE", path, token: token).status == 204)
            #expect(try await fixture.redeem(api, end, cookie: again.cookie).status == 403)
        }
    }
}
