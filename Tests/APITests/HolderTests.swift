import API
import Catalog
import Domain
import Identity
import Testing

/// Which holder of something else than a built-in role may call what, for every operation of the
/// description: visitors, keys of each permission, an organisation's own role, and roles at one place.
struct HolderTests {
    /// Operations that take a login of the organisation's own and nothing else.
    private static let loginsOnly: Set<String> = [
        "POST /api/v1/me/password", "GET /api/v1/me/second-factor",
        "POST /api/v1/me/second-factor", "POST /api/v1/me/second-factor/confirm",
        "POST /api/v1/me/second-factor/recovery-codes", "POST /api/v1/me/second-factor/remove",
        "GET /api/v1/api-keys", "POST /api/v1/api-keys", "DELETE /api/v1/api-keys/{id}",
        "GET /api/v1/sessions", "DELETE /api/v1/sessions/{id}",
        "DELETE /api/v1/users/{id}/second-factor", "PUT /api/v1/login-policy",
        "POST /api/v1/identity-providers", "PATCH /api/v1/identity-providers/{id}",
        "DELETE /api/v1/identity-providers/{id}",
    ]

    /// What shows the whole organisation, although its permission can be given at one place.
    private static let wholeOnly: Set<String> = ["GET /api/v1/organisation"]

    /// Somebody, and what the token should be good for.
    private struct Holder {
        var name: String
        var token: String
        var permissions: Set<Permission>
        var isLogin = false
    }

    private struct Operation {
        var name: String
        var method: String
        var path: String
        /// Nil: any valid token.
        var permission: Permission?

        /// Whether the path is of one camera.
        var isOfCamera: Bool {
            path.contains("/cameras/{id}") || path.contains("{camera_id}")
        }

        func uri(_ camera: CameraID) -> String {
            let query = "?from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z"
            let target = path.replacing("{id}", with: "\(camera)")
                .replacing("{camera_id}", with: "\(camera)")
                .replacing("{grant_id}", with: "\(camera)")
            return isOfCamera ? target + query : target
        }

        var body: String? { ["POST", "PATCH", "PUT"].contains(method) ? "{}" : nil }
    }

    private static func operations() throws -> [Operation] {
        let specification = try Specification.shared()
        return try specification.operations.sorted().compactMap { name in
            let words = name.split(separator: " ").map { String($0) }
            guard specification.security(words[0], words[1]).contains("bearer") else { return nil }
            let said = try #require(specification.permission(words[0], words[1]))
            let permission = Permission(rawValue: said)
            #expect(said == "any" || permission != nil, "\(name)")
            return Operation(
                name: name,
                method: words[0],
                path: words[1],
                permission: permission
            )
        }
    }

    /// Every operation as one holder, at a camera of the organisation.
    private static func call(
        _ holder: Holder,
        _ api: APIClient,
        _ camera: () async throws -> CameraID
    ) async throws -> Int {
        let all = try operations()
        #expect(loginsOnly.isSubset(of: Set(all.map(\.name))))
        for operation in all {
            let answer = try await api.send(
                operation.method,
                operation.uri(try await camera()),
                token: holder.token,
                body: operation.body
            )
            var may = operation.permission.map { holder.permissions.contains($0) } ?? true
            if loginsOnly.contains(operation.name), !holder.isLogin { may = false }
            #expect(
                (answer.status == 403) == !may,
                "\(operation.name) as \(holder.name): \(answer.status)"
            )
            #expect(answer.status != 401 && answer.status != 500, "\(operation.name)")
        }
        return all.count
    }

    @Test func `a key of one permission is good for that and for no other`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        _ = try await bed.catalog.setProvider(owner.tenant, true)
        try await bed.run { api in
            var calls = 0
            for permission in Permission.allCases {
                let made = try await api.post(
                    "/api/v1/api-keys",
                    owner,
                    #"{"name":"x","permissions":["\#(permission.rawValue)"],"expires_in_days":1}"#
                )
                #expect(made.status == 201, "\(made.text)")
                let key = Holder(
                    name: "a key of \(permission.rawValue)",
                    token: made.string("key"),
                    permissions: [permission]
                )
                let camera = try await api.addCamera(owner, name: permission.rawValue)
                calls += try await Self.call(key, api) { camera }
            }
            print("holders: \(calls) calls with keys of one permission")
        }
    }

    @Test(arguments: [Role.owner, .administrator])
    func `a visitor has the role at home, without what is never given on visits`(
        role: Role
    ) async throws {
        let bed = try await TestBed.shared()
        let home = try await bed.member()
        _ = try await bed.catalog.setProvider(home.tenant, true)
        let person = try await bed.member(role, of: home.tenant)
        try await bed.run { api in
            let client = try await api.post(
                "/api/v1/tenants",
                home,
                #"{"name":"Client \#(home.tenant)","domain":"v-\#(home.tenant).example"}"#
            )
            let visit = try await api.post(
                "/api/v1/tenants/\(client.string("tenant", "id"))/visits",
                person,
                #"{"reason":"Ticket 4711"}"#
            )
            #expect(visit.status == 201, "\(visit.text)")
            let visitor = Holder(
                name: "a visiting \(role)",
                token: visit.string("access_token"),
                permissions: role.permissions.subtracting(Permission.neverOnVisits)
            )
            let calls = try await Self.call(visitor, api) { CameraID() }
            print("holders: \(calls) calls as a visiting \(role)")
        }
    }

    @Test func `a role of the organisation's own allows what it names`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        _ = try await bed.catalog.setProvider(owner.tenant, true)
        let sets: [Set<Permission>] = [
            [.camerasRead, .alertsRead], [.usersManage], [.videoArchive, .webhooksManage],
            [.retentionManage],
        ]
        try await bed.run { api in
            for (index, permissions) in sets.enumerated() {
                let names = permissions.map(\.rawValue).sorted()
                let role = try await bed.catalog.createRole(
                    owner.tenant,
                    name: "Own \(index)",
                    permissions: names,
                    by: ActingUser(tenant: owner.tenant, id: owner.user, role: "owner")
                )
                let person = try await bed.member(.member, of: owner.tenant)
                try await bed.asSuperuser(
                    "UPDATE users SET role = '\(role.id)' WHERE id = '\(person.user)'"
                )
                let seconds = bed.services.now().microseconds / 1_000_000
                let token = try await bed.services.tokens.sign(
                    TokenClaims(
                        tenant: owner.tenant,
                        user: person.user,
                        role: "\(role.id)",
                        session: person.session,
                        id: "1",
                        issuedAt: seconds,
                        expiresAt: seconds + 600,
                        permissions: names
                    )
                )
                let holder = Holder(
                    name: "an own role of \(names)",
                    token: token,
                    permissions: permissions,
                    isLogin: true
                )
                let camera = try await api.addCamera(owner, name: "Own \(index)")
                _ = try await Self.call(holder, api) { camera }
            }
        }
    }

    /// Whether the grant is of a site, or of one camera of it.
    @Test(arguments: [true, false], [Role.viewer, .operator, .installer, .administrator])
    func `a role at one place allows its scoped permissions there, and elsewhere nothing is there`(
        isOfSite: Bool,
        role: Role
    ) async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let person = try await bed.member(.member, of: owner.tenant)
        try await bed.run { api in
            let site = try await api.post("/api/v1/sites", owner, #"{"name":"Yard"}"#).string("id")
            func add(_ place: String) async throws -> CameraID {
                let made = try await api.post(
                    "/api/v1/cameras",
                    owner,
                    #"{"name":"Gate","url":"rtsp://10.1.2.3/s"\#(place)}"#
                )
                return try #require(CameraID(made.string("id")))
            }
            func grant(_ camera: CameraID) async throws {
                let place =
                    isOfSite ? #""site_id":"\#(site)""# : #""camera_id":"\#(camera)""#
                let given = try await api.post(
                    "/api/v1/users/\(person.user)/grants",
                    owner,
                    #"{"role":"\#(role.rawValue)",\#(place)}"#
                )
                #expect(given.status == 201, "\(given.text)")
            }
            let elsewhere = try await add("")
            var here = try await add(#","site_id":"\#(site)""#)
            try await grant(here)
            let held = role.permissions.intersection(Permission.scoped)
            for operation in try Self.operations() {
                let near = try await api.send(
                    operation.method,
                    operation.uri(here),
                    token: person.token,
                    body: operation.body
                )
                var may = operation.permission.map { held.contains($0) } ?? true
                if Self.wholeOnly.contains(operation.name) { may = false }
                let what = "\(operation.name) as \(role) at \(isOfSite ? "a site" : "a camera")"
                #expect((near.status == 403) == !may, "\(what): \(near.status)")
                guard operation.isOfCamera else { continue }
                #expect((near.status == 404) == false, "\(what): \(near.text)")
                let far = try await api.send(
                    operation.method,
                    operation.uri(elsewhere),
                    token: person.token,
                    body: operation.body
                )
                #expect(far.status == (may ? 404 : 403), "\(what), elsewhere: \(far.status)")
                guard operation.method == "DELETE", may else { continue }
                here = try await add(#","site_id":"\#(site)""#)
                if !isOfSite { try await grant(here) }
            }
            #expect(try await api.get("/api/v1/cameras/\(elsewhere)", owner).status == 200)
        }
    }
}
