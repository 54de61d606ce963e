import API
import Catalog
import Database
import Domain
import Identity
import Testing

/// The providers of an organisation over HTTP.
struct IdentityProviderRouteTests {
    private static let body =
        #"{"name":"ID","issuer":"https://id.example.com","client_id":"c","#
        + #""client_secret":"canary-provider-secret"#

    @Test func `the secret is never shown, and is in the database encrypted only`() async throws {
        let bed = try await TestBed.shared().variant { $0.publicURL = "https://sparc.example.com" }
        let member = try await bed.member()
        try await bed.run { api in
            let created = try await api.post(
                "/api/v1/identity-providers",
                member,
                Self.body + #"","email_domains":["Example.COM","example.com"],"enabled":true}"#
            )
            #expect(created.status == 201, "\(created.text)")
            let path = "/api/v1/identity-providers/\(created.string("id"))"
            #expect(created.header("location") == path)
            #expect(created.value("email_domains") == .array([.string("example.com")]))
            #expect(created.string("role") == "viewer")
            #expect(created.value("creates_people") == .bool(false))
            #expect(
                created.string("redirect_uri")
                    == "https://sparc.example.com/api/v1/auth/oidc/\(created.string("id"))/callback"
            )
            let changed = try await api.send(
                "PATCH",
                path,
                token: member.token,
                body: #"{"client_secret":"canary-another-secret","role":"operator"}"#
            )
            #expect(changed.status == 200 && changed.string("role") == "operator")
            let list = try await api.get("/api/v1/identity-providers", member)
            let shown = try await api.get(path, member)
            for answer in [created, changed, list, shown] {
                #expect(!answer.text.contains("canary") && !answer.text.contains("secret"))
            }
            let rows = try await IsolationWorld.snapshot(member.tenant, bed)
            #expect(rows["identity_providers"]?.hasPrefix("1 ") == true)
            #expect(try await count(bed, member) == 0)
            #expect(try await api.send("DELETE", path, token: member.token).status == 204)
            #expect(try await api.get(path, member).status == 404)
        }
    }

    /// Rows whose bytes hold a secret in the clear.
    private func count(_ bed: TestBed, _ member: Member) async throws -> Int64 {
        let connection = try await Connection.open(bed.owner)
        let tenant = member.tenant
        let found = try await connection.run { session throws(DatabaseError) -> Int64 in
            try session.query(
                """
                SELECT count(*) FROM identity_providers WHERE tenant_id = $1
                    AND position('canary'::bytea IN client_secret) > 0
                """,
                .id(tenant)
            ).first?.value(0) ?? -1
        }
        await connection.close()
        return found
    }

    @Test func `one is switched on at a time, and their number is limited`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let path = "/api/v1/identity-providers"
            let on = try await api.post(path, member, Self.body + #"","enabled":true}"#)
            #expect(on.status == 201)
            #expect(
                try await api.post(path, member, Self.body + #"","enabled":true}"#).status == 409
            )
            let off = try await api.post(path, member, Self.body + #""}"#)
            #expect(off.status == 201 && off.value("enabled") == .bool(false))
            let second = "\(path)/\(off.string("id"))"
            let conflict = try await api.send(
                "PATCH",
                second,
                token: member.token,
                body: #"{"enabled":true}"#
            )
            #expect(conflict.status == 409)
            for _ in 2..<IdentityProvider.countLimit {
                #expect(try await api.post(path, member, Self.body + #""}"#).status == 201)
            }
            #expect(try await api.post(path, member, Self.body + #""}"#).status == 400)
        }
    }

    @Test func `only owners see and change them`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let administrator = try await bed.member(.administrator, of: owner.tenant)
        try await bed.run { api in
            let path = "/api/v1/identity-providers"
            let refused = try await api.get(path, administrator)
            #expect(refused.status == 403)
            let key = try await api.post(
                "/api/v1/api-keys",
                owner,
                #"{"name":"x","permissions":["tenant.manage"],"expires_in_days":1}"#
            ).string("key")
            #expect(try await api.send("GET", path, token: key).status == 200)
            let made = try await api.send("POST", path, token: key, body: Self.body + #""}"#)
            #expect(made.status == 403)
            #expect(try await api.post(path, administrator, Self.body + #""}"#).status == 403)
        }
    }

    @Test func `wrong bodies name every member`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let path = "/api/v1/identity-providers"
            let answer = try await api.post(
                path,
                member,
                #"{"name":"","issuer":"http://id.example.com","email_domains":["com"],"#
                    + #""role":"owner","enabled":"yes","secret":"x"}"#
            )
            #expect(answer.status == 400)
            for field in [
                "name", "issuer", "client_id", "client_secret", "email_domains", "role", "enabled",
                "secret",
            ] {
                #expect(answer.text.contains(#""field":"\#(field)""#), "\(field): \(answer.text)")
            }
            for issuer in [
                "https://id.example.com?x", "https://id.example.com#x", "https://127.0.0.1",
                "https://u:p@id.example.com", "https://localhost", "https://169.254.169.254", "x",
                "https://[::1]", "https://10.1.2.3",
            ] {
                let refused = try await api.post(
                    path,
                    member,
                    #"{"name":"x","issuer":"\#(issuer)","client_id":"c","client_secret":"s"}"#
                )
                #expect(refused.status == 400, "\(issuer)")
                #expect(refused.string("errors", "0", "field") == "issuer")
            }
            for domains in [
                "[1]", #"["a b.com"]"#, #"["@example.com"]"#, #"["exämple.com"]"#, #"[".com"]"#,
                #""example.com""#, #"["*.example.com"]"#,
            ] {
                let refused = try await api.post(
                    path,
                    member,
                    Self.body + #"","email_domains":\#(domains)}"#
                )
                #expect(refused.status == 400, "\(domains)")
            }
            let made = try await api.post(path, member, Self.body + #""}"#)
            let moved = try await api.send(
                "PATCH",
                "\(path)/\(made.string("id"))",
                token: member.token,
                body: #"{"issuer":"https://evil.example"}"#
            )
            #expect(moved.status == 400)
            #expect(moved.string("errors", "0", "field") == "issuer")
        }
    }

    @Test func `http is for addresses that are listed alone`() async throws {
        let bed = try await TestBed.shared().variant {
            $0.providerNetworks = AddressPolicy.parse("10.1.0.0/16,127.0.0.0/8").policy
        }
        let member = try await bed.member()
        try await bed.run { api in
            for (issuer, status) in [
                ("http://10.1.2.3:8080/realm", 201), ("http://127.0.0.1:9", 201),
                ("https://id.example.com", 201), ("https://10.1.2.3", 201),
                ("http://id.example.com", 400), ("http://8.8.8.8", 400), ("http://10.2.0.1", 400),
                ("HTTP://id.example.com", 400), ("http://localhost", 400),
            ] {
                let answer = try await api.post(
                    "/api/v1/identity-providers",
                    member,
                    #"{"name":"x","issuer":"\#(issuer)","client_id":"c","client_secret":"s"}"#
                )
                #expect(answer.status == status, "\(issuer): \(answer.text)")
            }
        }
    }

    @Test func `without a public URL nobody logs in through a provider`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let made = try await api.post(
                "/api/v1/identity-providers",
                member,
                Self.body + #"","enabled":true}"#
            )
            #expect(made.status == 201 && made.string("redirect_uri").isEmpty)
            let answer = try await api.get(
                "/api/v1/auth/oidc/authorize?tenant=\(member.tenantName)"
            )
            #expect(answer.header("location") == "/#login_error=unavailable")
        }
    }
}
