import API
import Catalog
import Domain
import Identity
import Jobs
import Testing

/// A service provider's clients over HTTP, and visits to them.
struct ClientRouteTests {
    /// A provider's owner, and a client with an owner who has logged in.
    private struct World: Sendable {
        var provider: Member
        var client: String
        var domain: String
        var owner: String
    }

    private func provider(_ bed: TestBed) async throws -> Member {
        let member = try await bed.member()
        #expect(try await bed.catalog.setProvider(member.tenant, true))
        return member
    }

    private func add(
        _ api: APIClient,
        _ provider: Member,
        _ domain: String,
        more: String = ""
    ) async throws -> APIClient.Answer {
        try await api.post(
            "/api/v1/tenants",
            provider,
            #"{"name":"Client \#(domain)","domain":"\#(domain)","plan":"enterprise"\#(more)}"#
        )
    }

    private static let password = "the client's own words"

    private func logIn(
        _ api: APIClient,
        _ domain: String,
        password: String = Self.password
    ) async throws -> APIClient.Answer {
        try await api.send(
            "POST",
            "/api/v1/auth/login",
            body: #"{"email":"owner@\#(domain)","password":"\#(password)","tenant":"\#(domain)"}"#
        )
    }

    private func world(
        _ api: APIClient,
        _ bed: TestBed,
        limits: String = "{}"
    ) async throws -> World {
        let provider = try await provider(bed)
        let domain = "c\("\(TenantID())".prefix(8)).example"
        let added = try await add(
            api,
            provider,
            domain,
            more: #","owner_email":"owner@\#(domain)","limits":\#(limits)"#
        )
        #expect(added.status == 201, "\(added.text)")
        let path = added.string("invitation_path")
        let accepted = try await api.send(
            "POST",
            "/api/v1/invitations/accept",
            body: #"{"token":"\#(path.split(separator: "=").last ?? "")","#
                + #""password":"\#(Self.password)"}"#
        )
        #expect(accepted.status == 200, "\(accepted.text)")
        let login = try await logIn(api, domain)
        #expect(login.status == 200, "\(login.text)")
        return World(
            provider: provider,
            client: added.string("tenant", "id"),
            domain: domain,
            owner: login.string("access_token")
        )
    }

    @Test func `a client is added as the guide says, and its first owner logs in`() async throws {
        let bed = try await TestBed.shared()
        try await bed.run { api in
            let world = try await world(
                api,
                bed,
                limits: #"{"doors":1000,"cameras":100,"users":500}"#
            )
            let shown = try await api.get("/api/v1/tenants/\(world.client)", world.provider)
            #expect(shown.string("plan") == "enterprise" && shown.string("state") == "active")
            let own = try await api.send("GET", "/api/v1/organisation", token: world.owner)
            #expect(own.string("domain") == world.domain)
            #expect(own.text.contains(#""cameras":100"#) && own.text.contains(#""client":true"#))
            // The same name, the same domain, and who is no provider.
            #expect(try await add(api, world.provider, world.domain).status == 409)
            let stranger = try await bed.member()
            #expect(try await add(api, stranger, "x.example").status == 403)
            let nested = try await api.send(
                "POST",
                "/api/v1/tenants",
                token: world.owner,
                body: #"{"name":"Client's client","domain":"cc.example"}"#
            )
            #expect(nested.status == 403)
            for wrong in [
                "{}", #"{"name":"x","domain":"UPPER case"}"#,
                #"{"name":"x","domain":"y.example","limits":{"cameras":-1}}"#,
                #"{"name":"x","domain":"y.example","limits":{"trees":1}}"#,
                #"{"name":"x","domain":"y.example","provider_id":"x"}"#,
            ] {
                let answer = try await api.post("/api/v1/tenants", world.provider, wrong)
                #expect(answer.status == 400, "\(wrong)")
            }
        }
    }

    @Test func `of a hundred cameras at once as many are added as the limit says`() async throws {
        let bed = try await TestBed.shared()
        try await bed.run { api in
            let world = try await world(api, bed, limits: #"{"cameras":7,"users":5}"#)
            let made = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<100 {
                    group.addTask {
                        let answer = try await api.send(
                            "POST",
                            "/api/v1/cameras",
                            token: world.owner,
                            body: #"{"name":"C\#(index)","url":"rtsp://10.1.2.3/\#(index)"}"#
                        )
                        #expect([201, 409].contains(answer.status), "\(answer.text)")
                        return answer.status
                    }
                }
                return try await group.reduce(0) { $0 + ($1 == 201 ? 1 : 0) }
            }
            #expect(made == 7)
            let people = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<30 {
                    group.addTask {
                        let answer = try await api.send(
                            "POST",
                            "/api/v1/users",
                            token: world.owner,
                            body: #"{"email":"p\#(index)@example.com","role":"viewer"}"#
                        )
                        #expect([201, 409].contains(answer.status), "\(answer.text)")
                        return answer.status
                    }
                }
                return try await group.reduce(0) { $0 + ($1 == 201 ? 1 : 0) }
            }
            // The owner is one of the five.
            #expect(people == 4)
            let more = try await api.send(
                "PATCH",
                "/api/v1/tenants/\(world.client)",
                token: world.provider.token,
                body: #"{"limits":{"cameras":8}}"#
            )
            #expect(more.status == 200, "\(more.text)")
            for expected in [201, 409] {
                let answer = try await api.send(
                    "POST",
                    "/api/v1/cameras",
                    token: world.owner,
                    body: #"{"name":"D\#(expected)","url":"rtsp://10.1.2.3/\#(expected)"}"#
                )
                #expect(answer.status == expected)
            }
        }
    }

    @Test func `a suspended client's people are out at once, and back when it is resumed`()
        async throws
    {
        let bed = try await TestBed.shared()
        try await bed.run { api in
            let world = try await world(api, bed)
            let key = try await api.send(
                "POST",
                "/api/v1/api-keys",
                token: world.owner,
                body: #"{"name":"k","permissions":["cameras.read"],"expires_in_days":1}"#
            ).string("key")
            #expect(try await api.send("GET", "/api/v1/cameras", token: key).status == 200)
            let base = "/api/v1/tenants/\(world.client)"
            let done = try await api.post(
                base + "/suspend",
                world.provider,
                #"{"reason":"Unpaid"}"#
            )
            #expect(done.status == 200 && done.string("state") == "suspended", "\(done.text)")
            #expect(try await api.send("GET", "/api/v1/cameras", token: world.owner).status == 401)
            #expect(try await api.send("GET", "/api/v1/cameras", token: key).status == 401)
            #expect(try await logIn(api, world.domain).status == 401)
            let again = try await api.post(base + "/suspend", world.provider, #"{"reason":"x"}"#)
            #expect(again.status == 409)
            #expect(
                try await api.post(base + "/visits", world.provider, #"{"reason":"x"}"#).status
                    == 409
            )
            #expect(try await api.post(base + "/resume", world.provider, "").status == 200)
            #expect(try await logIn(api, world.domain).status == 200)
            #expect(try await api.send("GET", "/api/v1/cameras", token: key).status == 200)
        }
    }

    @Test func `a visit is in both logs with its reason, is seen, and ends when the client says`()
        async throws
    {
        let bed = try await TestBed.shared()
        try await bed.run { api in
            let world = try await world(api, bed)
            let base = "/api/v1/tenants/\(world.client)"
            let begun = try await api.post(
                base + "/visits",
                world.provider,
                #"{"reason":"Ticket 4711","minutes":30}"#
            )
            #expect(begun.status == 201, "\(begun.text)")
            let visitor = begun.string("access_token")
            let site = try await api.send(
                "POST",
                "/api/v1/sites",
                token: visitor,
                body: #"{"name":"By the provider"}"#
            )
            #expect(site.status == 201, "\(site.text)")
            let me = try await api.send("GET", "/api/v1/me", token: visitor)
            #expect(me.status == 200 && me.string("tenant", "id") == world.client)
            // The client sees who and why at once, and what was done.
            let seen = try await api.send("GET", "/api/v1/visits", token: world.owner)
            #expect(seen.string("items", "0", "reason") == "Ticket 4711")
            #expect(seen.string("items", "0", "email") == world.provider.email)
            let told = try await api.send(
                "GET",
                "/api/v1/audit?action=site.created",
                token: world.owner
            )
            #expect(told.string("items", "0", "actor", "id") == "\(world.provider.user)")
            #expect(told.string("items", "0", "actor", "home") == "\(world.provider.tenant)")
            for token in [world.owner, world.provider.token] {
                let log = try await api.send(
                    "GET",
                    "/api/v1/audit?action=visit.began",
                    token: token
                )
                #expect(log.string("items", "0", "after", "reason") == "Ticket 4711", "\(log.text)")
            }
            // A visitor is neither a person of the client's nor an owner.
            for (method, path, body) in [
                ("GET", "/api/v1/sessions", nil),
                (
                    "POST", "/api/v1/api-keys",
                    #"{"name":"x","permissions":["cameras.read"],"expires_in_days":1}"#
                ),
                ("PATCH", "/api/v1/organisation", #"{"allows_visits":true}"#),
                ("GET", "/api/v1/tenants", nil), ("GET", "/api/v1/users", nil),
                ("POST", "/api/v1/users", #"{"email":"x@example.com","role":"viewer"}"#),
                ("POST", "/api/v1/roles", #"{"name":"x","permissions":["cameras.read"]}"#),
            ] as [(String, String, String?)] {
                let answer = try await api.send(method, path, token: visitor, body: body)
                #expect(answer.status == 403, "\(path) \(answer.text)")
            }
            let ended = try await api.send(
                "DELETE",
                "/api/v1/visits/\(begun.string("visit", "id"))",
                token: world.owner
            )
            #expect(ended.status == 204)
            #expect(try await api.send("GET", "/api/v1/me", token: visitor).status == 401)
        }
    }

    @Test func `a client that lets nobody in is not visited, and one that shuts out ends visits`()
        async throws
    {
        let bed = try await TestBed.shared()
        try await bed.run { api in
            let world = try await world(api, bed)
            let path = "/api/v1/tenants/\(world.client)/visits"
            let begun = try await api.post(path, world.provider, #"{"reason":"Look"}"#)
            let visitor = begun.string("access_token")
            #expect(try await api.send("GET", "/api/v1/cameras", token: visitor).status == 200)
            let shut = try await api.send(
                "PATCH",
                "/api/v1/organisation",
                token: world.owner,
                body: #"{"allows_visits":false}"#
            )
            #expect(shut.status == 200)
            #expect(try await api.send("GET", "/api/v1/cameras", token: visitor).status == 401)
            #expect(try await api.post(path, world.provider, #"{"reason":"Look"}"#).status == 409)
            #expect(try await api.post(path, world.provider, "{}").status == 400)
            let owner = #"{"reason":"x","role":"owner"}"#
            #expect(try await api.post(path, world.provider, owner).status == 400)
        }
    }

    @Test func `a client that requires a second factor is visited by who has one at home`()
        async throws
    {
        let bed = try await TestBed.shared()
        let world: World = try await bed.run { api in try await self.world(api, bed) }
        try await bed.asSuperuser(
            """
            INSERT INTO sparc.login_policies (tenant_id, requires_second_factor)
            VALUES ('\(world.client)', true)
            """
        )
        let path = "/api/v1/tenants/\(world.client)/visits"
        let without = try await bed.run { api in
            try await api.post(path, world.provider, #"{"reason":"x"}"#).status
        }
        #expect(without == 409)
        _ = try await EnrolledMember.make(bed, world.provider)
        let with = try await bed.run { api in
            try await api.post(path, world.provider, #"{"reason":"x"}"#).status
        }
        #expect(with == 201)
    }

    @Test(arguments: ["disabled", "removed", "demoted", "logged out"])
    func `a visitor who loses the right at home is out of the client as well`(
        how: String
    ) async throws {
        let bed = try await TestBed.shared()
        try await bed.run { api in
            let world = try await world(api, bed)
            let second = try await bed.member(.administrator, of: world.provider.tenant)
            let begun = try await api.post(
                "/api/v1/tenants/\(world.client)/visits",
                second,
                #"{"reason":"Look"}"#
            )
            #expect(begun.status == 201, "\(begun.text)")
            let visitor = begun.string("access_token")
            let camera = try await api.send(
                "POST",
                "/api/v1/cameras",
                token: visitor,
                body: #"{"name":"Gate","url":"rtsp://10.1.2.3/1"}"#
            ).string("id")
            let range = "from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z"
            let archive = "/hls/\(camera)/archive.m3u8?\(range)"
            #expect(try await api.send("GET", archive, token: visitor).status == 200)
            let told = try await api.send(
                "GET",
                "/api/v1/audit?action=footage.read",
                token: world.owner
            )
            #expect(told.string("items", "0", "actor", "home") == "\(world.provider.tenant)")
            #expect(told.string("items", "0", "actor", "kind") == "person")
            let path = "/api/v1/users/\(second.user)"
            let (method, body) =
                switch how {
                case "disabled": ("PATCH", #"{"disabled":true}"# as String?)
                case "demoted": ("PATCH", #"{"role":"viewer"}"#)
                default: ("DELETE", nil)
                }
            let gone =
                how == "logged out"
                ? try await api.send(
                    "DELETE",
                    "/api/v1/sessions/\(second.session)",
                    token: second.token
                ) : try await api.send(method, path, token: world.provider.token, body: body)
            #expect(gone.status < 300)
            #expect(try await api.send("GET", "/api/v1/cameras", token: visitor).status == 401)
            #expect(try await api.send("GET", archive, token: visitor).status == 401)
        }
    }

    @Test func `the first owner of a client is invited until one has a password`() async throws {
        let bed = try await TestBed.shared()
        try await bed.run { api in
            let provider = try await provider(bed)
            let domain = "c\("\(TenantID())".prefix(8)).example"
            let added = try await add(api, provider, domain)
            let path = "/api/v1/tenants/\(added.string("tenant", "id"))/owner"
            let body = #"{"email":"owner@\#(domain)"}"#
            let first = try await api.post(path, provider, body)
            let second = try await api.post(path, provider, body)
            #expect(first.status == 200 && second.status == 200, "\(second.text)")
            func accept(_ answer: APIClient.Answer) async throws -> Int {
                let token = answer.string("invitation_path").split(separator: "=").last ?? ""
                return try await api.send(
                    "POST",
                    "/api/v1/invitations/accept",
                    body: #"{"token":"\#(token)","password":"\#(Self.password)"}"#
                ).status
            }
            #expect(try await accept(first) == 403)
            #expect(try await accept(second) == 200)
            #expect(try await logIn(api, domain).status == 200)
            #expect(try await api.post(path, provider, body).status == 409)
            // Without a place for anybody nothing is made, and the answer says why.
            let full = #","limits":{"users":0},"owner_email":"owner@full.example""#
            let refused = try await add(api, provider, "full-\(domain)", more: full)
            #expect(refused.status == 409 && refused.text.contains("limit of users"))
            #expect(try await logIn(api, "full-\(domain)").status == 401)
        }
    }

    @Test func `a client that is being deleted is not taken back, and its links are dead`()
        async throws
    {
        let bed = try await TestBed.shared()
        try await bed.run { api in
            let world = try await world(api, bed)
            let invited = try await api.send(
                "POST",
                "/api/v1/users",
                token: world.owner,
                body: #"{"email":"late@example.com","role":"viewer"}"#
            )
            let path = "/api/v1/tenants/\(world.client)"
            #expect(try await api.send("DELETE", path, token: world.provider.token).status == 200)
            let token = invited.string("invitation_path").split(separator: "=").last ?? ""
            let accepted = try await api.send(
                "POST",
                "/api/v1/invitations/accept",
                body: #"{"token":"\#(token)","password":"\#(Self.password)"}"#
            )
            #expect(accepted.status == 403)
            try await bed.asSuperuser(
                "UPDATE tenants SET delete_after = now() WHERE id = '\(world.client)'"
            )
            let resumed = try await api.post(path + "/resume", world.provider, "")
            #expect(resumed.status == 409, "\(resumed.text)")
        }
    }

    @Test
    func `a deleted client is closed for its days of grace, then nothing but its log is left`()
        async throws
    {
        let bed = try await TestBed.shared()
        let world = try await bed.run { api -> World in
            let world = try await self.world(api, bed)
            let camera = try await api.send(
                "POST",
                "/api/v1/cameras",
                token: world.owner,
                body: #"{"name":"Gate","url":"rtsp://10.1.2.3/1"}"#
            )
            let hold = try await api.send(
                "POST",
                "/api/v1/holds",
                token: world.owner,
                body: #"{"camera_id":"\#(camera.string("id"))","reason":"case","#
                    + #""from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}"#
            )
            let path = "/api/v1/tenants/\(world.client)"
            let held = try await api.send("DELETE", path, token: world.provider.token)
            #expect(held.status == 409, "\(held.text)")
            let id = hold.string("id")
            _ = try await api.send("DELETE", "/api/v1/holds/\(id)", token: world.owner)
            let deleted = try await api.send("DELETE", path, token: world.provider.token)
            #expect(deleted.status == 200 && deleted.string("state") == "closed")
            #expect(!deleted.string("deleted_after").isEmpty)
            #expect(try await logIn(api, world.domain).status == 401)
            // Taken back, and deleted for good.
            #expect(try await api.post(path + "/resume", world.provider, "").status == 200)
            #expect(try await logIn(api, world.domain).status == 200)
            let again = try await api.send("DELETE", path, token: world.provider.token)
            #expect(again.status == 200)
            return world
        }
        let tenant = try #require(TenantID(world.client))
        #expect(try await bed.catalog.purgeRows(tenant, limit: 1) == nil)
        #expect(try await bed.catalog.tenantsToEnd().contains(tenant) == false)
        try await bed.asSuperuser(
            "UPDATE tenants SET delete_after = now() - interval '1 second' WHERE id = '\(tenant)'"
        )
        #expect(try await bed.catalog.tenantsToEnd().contains(tenant))
        try await TenantEnd(catalog: bed.catalog).pass()
        let left = try await IsolationWorld.snapshot(tenant, bed).filter {
            !$0.value.hasPrefix("0 ")
        }
        #expect(Set(left.keys) == ["audit_entries", "audit_heads"])
        try await bed.run { api in
            let path = "/api/v1/tenants/\(world.client)"
            #expect(try await api.get(path, world.provider).status == 404)
            let log = try await api.get("/api/v1/audit?action=client.removed", world.provider)
            #expect(log.string("items", "0", "subject", "id") == world.client)
        }
    }
}
