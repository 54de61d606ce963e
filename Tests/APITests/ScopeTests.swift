import API
import Catalog
import Domain
import Identity
import Keys
import Testing

/// Roles at single sites and cameras: what is out of reach is not there.
@Suite(.serialized) struct ScopeTests {
    private static let range = "from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z"

    private func grant(
        _ api: APIClient,
        _ owner: Member,
        _ user: UserID,
        _ body: String
    ) async throws -> APIClient.Answer {
        try await api.post("/api/v1/users/\(user)/grants", owner, body)
    }

    /// Every operation of the description with every id of the own organisation.
    private func everything(
        _ organisation: IsolationWorld.Organisation,
        _ body: (String, String, String?, IsolationEntry.Kind?) async throws -> Void
    ) async throws {
        for (operation, entries) in IsolationEntry.table.sorted(by: { $0.key < $1.key }) {
            let words = operation.split(separator: " ").map { String($0) }
            for entry in entries {
                let id = entry.kind.flatMap { organisation.ids[$0] } ?? ""
                let first = entry.within.flatMap { organisation.ids[$0] } ?? id
                var uri = words[1].replacing("{id}", with: first)
                    .replacing("{camera_id}", with: id)
                    .replacing("{grant_id}", with: organisation.ids[.grant] ?? "")
                if let query = entry.query { uri += "?" + query.replacing("#", with: id) }
                let text = entry.body?.replacing("#", with: id)
                    .replacing("@camera", with: organisation.ids[.camera] ?? "")
                try await body(operation, uri, text, entry.kind)
            }
        }
    }

    @Test func `a viewer of one camera reaches that camera's live and nothing else`() async throws {
        let bed = try await TestBed.isolation(.both)
        // All its cameras but the one that is granted, with footage, alerts, holds and the rest.
        let world = try await IsolationWorld.organisation(bed)
        let guest = try await bed.member(.member, of: world.member.tenant)
        try await bed.run { api in
            let camera = try await api.addCamera(world.member, name: "Granted")
            for path in ["/api/v1/cameras", "/api/v1/cameras/\(camera)"] {
                #expect(try await api.get(path, guest).status == 403)
            }
            let given = try await grant(
                api,
                world.member,
                guest.user,
                #"{"role":"viewer","camera_id":"\#(camera)"}"#
            )
            #expect(given.status == 201, "\(given.text)")
            let list = try await api.get("/api/v1/cameras", guest)
            #expect(list.string("items", "0", "id") == "\(camera)")
            #expect(list.string("items", "1", "id").isEmpty)
            #expect(try await api.get("/api/v1/cameras/\(camera)", guest).status == 200)
            #expect(try await api.get("/api/v1/cameras/\(camera)/health", guest).status == 200)
            // No worker has it: that is what the answer says, not that it may not be seen.
            #expect(try await api.get("/hls/\(camera)/live.m3u8", guest).status == 503)
            let archive = "/hls/\(camera)/archive.m3u8?\(Self.range)"
            #expect(try await api.get(archive, guest).status == 403)
            let before = try await IsolationWorld.snapshot(world.member.tenant, bed)
            var calls = 0
            try await everything(world) { operation, uri, body, kind in
                guard operation != "GET /api/v1/me" else { return }
                calls += 1
                let words = operation.split(separator: " ").map { String($0) }
                let answer = try await api.send(words[0], uri, token: guest.token, body: body)
                let own = [
                    "GET /api/v1/sessions", "GET /api/v1/api-keys", "GET /api/v1/cameras",
                    "GET /api/v1/sites", "POST /api/v1/me/password", "POST /api/v1/api-keys",
                    "GET /api/v1/me/second-factor", "POST /api/v1/me/second-factor",
                    "POST /api/v1/me/second-factor/confirm",
                    "POST /api/v1/me/second-factor/recovery-codes",
                    "POST /api/v1/me/second-factor/remove",
                ]
                guard !own.contains(operation) else {
                    #expect(!answer.text.contains(world.canary), "\(operation)")
                    return
                }
                let isHidden = [403, 404].contains(answer.status)
                #expect(isHidden || answer.status == 400, "\(operation) \(answer.text)")
                for (name, secret) in world.ids where !uri.contains(secret) && name != .tenant {
                    #expect(!answer.text.contains(secret), "\(operation) shows a \(name)")
                }
                #expect(!answer.text.contains(world.canary), "\(operation)")
                if kind == .camera, operation.hasPrefix("GET"), isHidden, answer.status == 404 {
                    let missing = uri.replacing(
                        world.ids[.camera] ?? "",
                        with: "0197c0de-0000-4000-8000-00000000dead"
                    )
                    let other = try await api.send(words[0], missing, token: guest.token)
                    #expect(other.status == 404 && other.text == answer.text, "\(operation)")
                }
            }
            #expect(calls > 80)
            let after = try await IsolationWorld.snapshot(world.member.tenant, bed)
            for (table, digest) in before where after[table] != digest {
                // What was read of the one camera is told, and a key and a factor of one's own were
                // made.
                let own =
                    table.hasPrefix("audit") || ["api_keys", "second_factors"].contains(table)
                #expect(own, "rows of \(table) changed")
            }
            // A playlist's URL of the one camera opens no other, and only live.
            let playback = try await api.get("/api/v1/cameras/\(camera)/playback", guest)
            #expect([200, 503].contains(playback.status))
            #expect(playback.string("archive").isEmpty)
            // Taken away it is gone at once.
            let path = "/api/v1/users/\(guest.user)/grants/\(given.string("id"))"
            #expect(try await api.send("DELETE", path, token: world.member.token).status == 204)
            #expect(try await api.get("/api/v1/cameras/\(camera)", guest).status == 403)
        }
    }

    @Test func `a playlist's URL ends with the grant that it was made by`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let guest = try await bed.member(.member, of: owner.tenant)
        try await bed.run { api in
            let camera = try await api.addCamera(owner)
            let other = try await api.addCamera(owner, name: "Other")
            let given = try await grant(
                api,
                owner,
                guest.user,
                #"{"role":"operator","camera_id":"\#(camera)"}"#
            )
            let ticket = PlaylistTicket(
                tenant: owner.tenant,
                user: guest.user,
                session: guest.session,
                camera: camera,
                allowsArchive: true,
                expiresAt: bed.services.now().microseconds / 1_000_000 + 600
            ).text(key: bed.services.keys.derive(.playlistToken))
            let archive = "archive.m3u8?\(Self.range)&token=\(ticket)"
            #expect(try await api.send("GET", "/hls/\(camera)/\(archive)").status == 200)
            #expect(try await api.send("GET", "/hls/\(other)/\(archive)").status == 401)
            let path = "/api/v1/users/\(guest.user)/grants/\(given.string("id"))"
            #expect(try await api.send("DELETE", path, token: owner.token).status == 204)
            #expect(try await api.send("GET", "/hls/\(camera)/\(archive)").status == 403)
        }
    }

    @Test func `an installer of a site adds and removes cameras there and nowhere else`()
        async throws
    {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let guest = try await bed.member(.member, of: owner.tenant)
        try await bed.run { api in
            let site = try await api.post("/api/v1/sites", owner, #"{"name":"Yard"}"#).string("id")
            let other = try await api.post("/api/v1/sites", owner, #"{"name":"Hall"}"#).string("id")
            let far = try await api.addCamera(owner)
            let given = try await grant(
                api,
                owner,
                guest.user,
                #"{"role":"installer","site_id":"\#(site)"}"#
            )
            #expect(given.status == 201)
            func add(_ site: String?) async throws -> APIClient.Answer {
                let place = site.map { #","site_id":"\#($0)""# } ?? ""
                return try await api.post(
                    "/api/v1/cameras",
                    guest,
                    #"{"name":"New","url":"rtsp://10.1.2.3/1"\#(place)}"#
                )
            }
            let made = try await add(site)
            #expect(made.status == 201, "\(made.text)")
            let foreign = try await add(other)
            let missing = try await add("0197c0de-0000-4000-8000-00000000dead")
            #expect(foreign.status == 400 && foreign.text == missing.text)
            #expect(try await add(nil).status == 403)
            let path = "/api/v1/cameras/\(made.string("id"))"
            #expect(try await api.get(path + "/timeline?\(Self.range)", guest).status == 200)
            #expect(try await api.send("DELETE", path, token: guest.token).status == 204)
            let away = "/api/v1/cameras/\(far)"
            #expect(try await api.send("DELETE", away, token: guest.token).status == 404)
            let sites = try await api.get("/api/v1/sites", guest)
            #expect(sites.string("items", "0", "id") == site)
            #expect(sites.string("items", "1", "id").isEmpty)
        }
    }

    @Test func `a role of one's own allows what it names, and its change counts`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        try await bed.run { api in
            let made = try await api.post(
                "/api/v1/roles",
                owner,
                #"{"name":"Night shift","permissions":["cameras.read","alerts.read"]}"#
            )
            #expect(made.status == 201, "\(made.text)")
            let role = made.string("role")
            let invited = try await api.post(
                "/api/v1/users",
                owner,
                #"{"email":"night@example.com","role":"\#(role)"}"#
            )
            #expect(invited.status == 201, "\(invited.text)")
            let token = invited.string("invitation_path").split(separator: "=").last ?? ""
            _ = try await api.send(
                "POST",
                "/api/v1/invitations/accept",
                body: #"{"token":"\#(token)","password":"the night's own words"}"#
            )
            func logIn() async throws -> APIClient.Answer {
                try await api.send(
                    "POST",
                    "/api/v1/auth/login",
                    body: #"{"email":"night@example.com","password":"the night's own words","#
                        + #""tenant":"\#(owner.tenantName)"}"#
                )
            }
            let login = try await logIn()
            let access = login.string("access_token")
            #expect(try await api.send("GET", "/api/v1/alerts", token: access).status == 200)
            #expect(try await api.send("GET", "/api/v1/users", token: access).status == 403)
            let refreshed = try await api.send(
                "POST",
                "/api/v1/auth/refresh",
                body: #"{"refresh_token":"\#(login.string("refresh_token"))"}"#
            )
            let second = refreshed.string("access_token")
            #expect(try await api.send("GET", "/api/v1/alerts", token: second).status == 200)
            let changed = try await api.send(
                "PATCH",
                "/api/v1/roles/\(role)",
                token: owner.token,
                body: #"{"permissions":["cameras.read"]}"#
            )
            #expect(changed.status == 200)
            #expect(try await api.send("GET", "/api/v1/alerts", token: second).status == 401)
            let later = try await logIn().string("access_token")
            #expect(try await api.send("GET", "/api/v1/alerts", token: later).status == 403)
            #expect(try await api.send("GET", "/api/v1/cameras", token: later).status == 200)
            let used = try await api.send("DELETE", "/api/v1/roles/\(role)", token: owner.token)
            #expect(used.status == 409)
        }
    }

    @Test func `nobody gives more than one has, in any way`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let manager = try await bed.member(.administrator, of: owner.tenant)
        let guest = try await bed.member(.member, of: owner.tenant)
        try await bed.run { api in
            let all = try await api.post(
                "/api/v1/roles",
                owner,
                #"{"name":"All","permissions":["tenant.manage","cameras.read"]}"#
            )
            let role = all.string("role")
            let camera = try await api.addCamera(owner)
            for (method, path, body) in [
                ("POST", "/api/v1/roles", #"{"name":"Mine","permissions":["tenant.manage"]}"#),
                ("PATCH", "/api/v1/roles/\(role)", #"{"permissions":["cameras.read"]}"#),
                ("PATCH", "/api/v1/roles/\(role)", #"{"name":"Renamed"}"#),
                ("PATCH", "/api/v1/users/\(guest.user)", #"{"role":"\#(role)"}"#),
                ("POST", "/api/v1/users", #"{"email":"x@example.com","role":"\#(role)"}"#),
                (
                    "POST", "/api/v1/users/\(guest.user)/grants",
                    #"{"role":"\#(role)","camera_id":"\#(camera)"}"#
                ),
            ] {
                let answer = try await api.send(method, path, token: manager.token, body: body)
                #expect(answer.status == 403, "\(method) \(path) \(answer.text)")
            }
            // Who lets people in by a provider decides what they may.
            let seconds = bed.services.now().microseconds / 1_000_000
            let some = try await bed.services.tokens.sign(
                TokenClaims(
                    tenant: owner.tenant,
                    user: guest.user,
                    role: role,
                    session: guest.session,
                    id: "1",
                    issuedAt: seconds,
                    expiresAt: seconds + 600,
                    permissions: ["tenant.manage", "cameras.read"]
                )
            )
            let provider = try await api.send(
                "POST",
                "/api/v1/identity-providers",
                token: some,
                body: #"{"name":"x","issuer":"https://id.example.com","client_id":"x","#
                    + #""client_secret":"x","creates_people":true,"role":"administrator"}"#
            )
            #expect(provider.status == 403, "\(provider.text)")
            let own = try await grant(
                api,
                manager,
                manager.user,
                #"{"role":"viewer","camera_id":"\#(camera)"}"#
            )
            #expect(own.status == 409)
            for wrong in [
                "{}", #"{"role":"viewer"}"#, #"{"role":"owner","camera_id":"\#(camera)"}"#,
                #"{"role":"viewer","camera_id":"\#(camera)","site_id":"\#(camera)"}"#,
                #"{"role":"viewer","camera_id":"x"}"#,
                #"{"role":"king","camera_id":"\#(camera)"}"#,
                #"{"role":"viewer","site_id":"\#(camera)"}"#,
                #"{"role":"\#(camera)","camera_id":"\#(camera)"}"#,
            ] {
                let answer = try await grant(api, owner, guest.user, wrong)
                #expect(answer.status == 400, "\(wrong) \(answer.text)")
            }
            #expect(try await api.get("/api/v1/me", guest).string("permissions", "0").isEmpty)
        }
    }

    @Test func `who manages people with few rights changes nobody who has more`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let strong = try await bed.member(.administrator, of: owner.tenant)
        try await bed.run { api in
            let role = try await api.post(
                "/api/v1/roles",
                owner,
                #"{"name":"People","permissions":["users.manage"]}"#
            ).string("role")
            let clerk = try await bed.member(.member, of: owner.tenant)
            try await bed.asSuperuser(
                "UPDATE users SET role = '\(role)' WHERE id = '\(clerk.user)'"
            )
            let seconds = bed.services.now().microseconds / 1_000_000
            let token = try await bed.services.tokens.sign(
                TokenClaims(
                    tenant: owner.tenant,
                    user: clerk.user,
                    role: role,
                    session: clerk.session,
                    id: "1",
                    issuedAt: seconds,
                    expiresAt: seconds + 600,
                    permissions: ["users.manage"]
                )
            )
            let key = try await api.post(
                "/api/v1/api-keys",
                owner,
                #"{"name":"k","permissions":["users.manage"],"expires_in_days":1}"#
            ).string("key")
            let path = "/api/v1/users/\(strong.user)"
            for weak in [token, key] {
                for (method, path, body) in [
                    ("POST", path + "/invitation", ""), ("PATCH", path, #"{"role":"member"}"#),
                    ("PATCH", path, #"{"disabled":true}"#), ("DELETE", path, nil),
                ] as [(String, String, String?)] {
                    let answer = try await api.send(method, path, token: weak, body: body)
                    #expect(answer.status == 403, "\(method) \(path) \(answer.text)")
                }
            }
            // A key of an owner makes no owners.
            for (method, path, body) in [
                ("POST", "/api/v1/users", #"{"email":"x@example.com","role":"owner"}"#),
                ("PATCH", "/api/v1/users/\(clerk.user)", #"{"role":"owner"}"#),
            ] {
                let answer = try await api.send(method, path, token: key, body: body)
                #expect(answer.status == 403, "\(method) \(path) \(answer.text)")
            }
            let made = try await api.send(
                "POST",
                "/api/v1/users",
                token: token,
                body: #"{"email":"plain@example.com","role":"member"}"#
            )
            #expect(made.status == 201, "\(made.text)")
        }
    }

    @Test func `a role that was changed while a password was compared gives nothing`() async throws
    {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let role = try await bed.catalog.createRole(
            owner.tenant,
            name: "Night",
            permissions: ["cameras.read", "video.archive"],
            by: ActingUser(tenant: owner.tenant, id: owner.user, role: "owner")
        )
        let user = try await bed.catalog.createUser(
            owner.tenant,
            email: "night@example.com",
            passwordHash: "hash",
            role: "\(role.id)"
        )
        let record = try await bed.catalog.loginRecord(
            tenantName: owner.tenantName,
            email: user.email
        )
        let read = try #require(record)
        try await bed.asSuperuser(
            "UPDATE roles SET permissions = '{cameras.read}' WHERE id = '\(role.id)'"
        )
        let made = try await bed.catalog.createSession(
            read.user,
            passwordHash: "hash",
            id: SessionID(),
            lifetime: 60,
            address: "",
            agent: ""
        )
        #expect(made == .stale)
    }
}
