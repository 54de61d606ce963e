import API
import Catalog
import Coordinator
import Domain
import Identity
import Keys
import Synchronization
import Testing

/// Every kind of end of a right on one coordinator, while another one is asked: after its next look
/// at the database nothing is taken any more, and stays so.
struct EndsElsewhereTests {
    /// Looks that may begin before the end is known to everybody and still finish after it.
    private static let lookLimit = 2
    /// Milliseconds between two questions.
    private static let pause = 20

    /// Something that gives a right, and how it is shown.
    private struct Credential: Sendable {
        var name: String
        var uri: String
        var token: String?
    }

    /// One end.
    private struct End: Sendable {
        var name: String
        /// Who it is done to.
        var person: Member
        var credentials: [Credential]
        /// Nil where the refresh token is not of a login.
        var refresh: String?
        var act: @Sendable (APIClient) async throws -> APIClient.Answer
    }

    /// Two coordinators, and one organisation with a client on both.
    private struct World: Sendable {
        var here: TestBed
        var there: TestBed
        var owner: Member
        var camera: CameraID
        var client: String
    }

    private func world(_ api: APIClient, _ here: TestBed, _ there: TestBed) async throws -> World {
        let owner = try await here.member()
        _ = try await here.catalog.setProvider(owner.tenant, true)
        return World(
            here: here,
            there: there,
            owner: owner,
            camera: try await api.addCamera(owner),
            client: try await client(api, owner, "ends")
        )
    }

    private func client(_ api: APIClient, _ owner: Member, _ name: String) async throws -> String {
        let made = try await api.post(
            "/api/v1/tenants",
            owner,
            #"{"name":"\#(name) \#(owner.tenant)","domain":"\#(name)-\#(owner.tenant).example"}"#
        )
        #expect(made.status == 201, "\(made.text)")
        return made.string("tenant", "id")
    }

    /// What a person's login gives: an access token, a playlist's URL, a refresh token.
    private func end(
        _ name: String,
        _ person: Member,
        at camera: CameraID,
        _ api: APIClient,
        _ world: World,
        _ act: @escaping @Sendable (APIClient) async throws -> APIClient.Answer
    ) async throws -> End {
        let playback = try await api.get("/api/v1/cameras/\(camera)/playback", person)
        #expect(playback.status == 200, "\(name): \(playback.text)")
        let refresh = RefreshToken(tenant: person.tenant, session: person.session, generation: 1)
        return End(
            name: name,
            person: person,
            credentials: [
                Credential(name: "access token", uri: "/api/v1/me", token: person.token),
                Credential(
                    name: "access token at a camera",
                    uri: "/api/v1/cameras/\(camera)",
                    token: person.token
                ),
                Credential(name: "playlist's URL", uri: playback.string("live")),
            ],
            refresh: refresh.text(key: world.here.services.keys.derive(.refreshToken)),
            act: act
        )
    }

    /// Ends of people's own doing, and of those who manage them.
    private func ends(_ api: APIClient, _ world: World) async throws -> [End] {
        let (owner, camera) = (world.owner, world.camera)
        var found: [End] = []
        func add(
            _ name: String,
            _ method: String,
            _ path: (Member) -> String,
            _ body: ((Member) -> String)? = nil,
            by who: (Member) -> String? = { _ in nil }
        ) async throws {
            let person = try await world.here.member(.operator, of: owner.tenant)
            let (uri, body, token) = (path(person), body?(person), who(person))
            found.append(
                try await end(name, person, at: camera, api, world) { api in
                    try await api.send(method, uri, token: token ?? owner.token, body: body)
                }
            )
        }
        let user = { (person: Member) in "/api/v1/users/\(person.user)" }
        let key = world.here.services.keys.derive(.refreshToken)
        try await add("logout", "POST", { _ in "/api/v1/auth/logout" }) { person in
            let token = RefreshToken(
                tenant: person.tenant,
                session: person.session,
                generation: 1
            )
            return #"{"refresh_token":"\#(token.text(key: key))"}"#
        }
        try await add(
            "session ended",
            "DELETE",
            { "/api/v1/sessions/\($0.session)" },
            by: { $0.token }
        )
        try await add("second factor forgotten", "DELETE", { user($0) + "/second-factor" })
        try await add("disabled", "PATCH", user) { _ in #"{"disabled":true}"# }
        try await add("removed", "DELETE", user)
        try await add("role taken", "PATCH", user) { _ in #"{"role":"member"}"# }
        return found
    }

    /// A key that is revoked, and one whose person is disabled.
    private func keyEnds(_ api: APIClient, _ world: World) async throws -> [End] {
        var found: [End] = []
        for isRevoked in [true, false] {
            let person = try await world.here.member(.operator, of: world.owner.tenant)
            let made = try await api.post(
                "/api/v1/api-keys",
                person,
                #"{"name":"x","permissions":["cameras.read","video.live"],"expires_in_days":1}"#
            )
            let key = made.string("key")
            let camera = "/api/v1/cameras/\(world.camera)"
            let playback = try await api.send("GET", camera + "/playback", token: key)
            let uri =
                isRevoked
                ? "/api/v1/api-keys/\(made.string("id"))" : "/api/v1/users/\(person.user)"
            let token = isRevoked ? person.token : world.owner.token
            found.append(
                End(
                    name: isRevoked ? "key revoked" : "key's person disabled",
                    person: person,
                    credentials: [
                        Credential(name: "key", uri: camera, token: key),
                        Credential(name: "key's playlist's URL", uri: playback.string("live")),
                    ],
                    act: { api in
                        try await api.send(
                            isRevoked ? "DELETE" : "PATCH",
                            uri,
                            token: token,
                            body: isRevoked ? nil : #"{"disabled":true}"#
                        )
                    }
                )
            )
        }
        return found
    }

    /// A grant that is taken, a password that is changed on another device, and an own role that is
    /// changed.
    private func rightEnds(_ api: APIClient, _ world: World) async throws -> [End] {
        let (owner, camera) = (world.owner, world.camera)
        let guest = try await world.here.member(.member, of: owner.tenant)
        let given = try await api.post(
            "/api/v1/users/\(guest.user)/grants",
            owner,
            #"{"role":"viewer","camera_id":"\#(camera)"}"#
        )
        let grant = "/api/v1/users/\(guest.user)/grants/\(given.string("id"))"
        var taken = try await end("grant taken", guest, at: camera, api, world) { api in
            try await api.send("DELETE", grant, token: owner.token)
        }
        // Who is there goes on being somebody.
        taken.credentials.removeFirst()
        taken.refresh = nil

        let other = try await world.here.member(.operator, of: owner.tenant)
        let login = try await api.send(
            "POST",
            "/api/v1/auth/login",
            body: #"{"email":"\#(other.email)","password":"\#(TestBed.password)","#
                + #""tenant":"\#(owner.tenantName)"}"#
        )
        let second = login.string("access_token")
        let changed = try await end("password changed", other, at: camera, api, world) { api in
            try await api.send(
                "POST",
                "/api/v1/me/password",
                token: second,
                body: #"{"current_password":"\#(TestBed.password)","#
                    + #""new_password":"another long sentence"}"#
            )
        }
        return [taken, changed, try await ownRoleEnd(api, world)]
    }

    /// A role of the organisation's own that loses a permission: the logins with it end.
    private func ownRoleEnd(_ api: APIClient, _ world: World) async throws -> End {
        let owner = world.owner
        let words = ["cameras.read", "video.live"]
        let role = try await world.here.catalog.createRole(
            owner.tenant,
            name: "Night shift",
            permissions: words,
            by: ActingUser(tenant: owner.tenant, id: owner.user, role: "owner")
        )
        var person = try await world.here.member(.member, of: owner.tenant)
        try await world.here.asSuperuser(
            "UPDATE users SET role = '\(role.id)' WHERE id = '\(person.user)'"
        )
        let seconds = world.here.services.now().microseconds / 1_000_000
        person.token = try await world.here.services.tokens.sign(
            TokenClaims(
                tenant: owner.tenant,
                user: person.user,
                role: "\(role.id)",
                session: person.session,
                id: "1",
                issuedAt: seconds,
                expiresAt: seconds + 600,
                permissions: words
            )
        )
        return try await end("own role changed", person, at: world.camera, api, world) { api in
            try await api.send(
                "PATCH",
                "/api/v1/roles/\(role.id)",
                token: owner.token,
                body: #"{"permissions":["alerts.read"]}"#
            )
        }
    }

    /// Clients that are suspended or closed, and visits that end in each way.
    private func clientEnds(_ api: APIClient, _ world: World) async throws -> [End] {
        var found: [End] = []
        for name in ["suspend", "close"] {
            let id = try await client(api, world.owner, name)
            let tenant = try #require(TenantID(id))
            let person = try await world.here.member(.owner, of: tenant)
            let camera = try await api.addCamera(person)
            found.append(
                try await end("client \(name)", person, at: camera, api, world) { api in
                    try await api.post(
                        "/api/v1/tenants/\(id)/\(name)",
                        world.owner,
                        #"{"reason":"x"}"#
                    )
                }
            )
        }
        let tenant = try #require(TenantID(world.client))
        let host = try await world.here.member(.owner, of: tenant)
        let camera = try await api.addCamera(host)
        for name in ["visit ended by the client", "visit ended with its login", "visitor disabled"]
        {
            let visitor = try await world.here.member(.administrator, of: world.owner.tenant)
            let visit = try await api.post(
                "/api/v1/tenants/\(world.client)/visits",
                visitor,
                #"{"reason":"x"}"#
            )
            #expect(visit.status == 201, "\(visit.text)")
            let token = visit.string("access_token")
            let id = visit.string("visit", "id")
            let base = "/api/v1/cameras/\(camera)"
            let playback = try await api.send("GET", base + "/playback", token: token)
            found.append(
                End(
                    name: name,
                    person: visitor,
                    credentials: [
                        Credential(name: "visit's token", uri: "/api/v1/me", token: token),
                        Credential(name: "visit's token at a camera", uri: base, token: token),
                        Credential(name: "visit's playlist's URL", uri: playback.string("live")),
                    ],
                    act: { api in
                        switch name {
                        case "visit ended by the client":
                            try await api.send(
                                "DELETE",
                                "/api/v1/visits/\(id)",
                                token: host.token
                            )
                        case "visit ended with its login":
                            try await api.send(
                                "DELETE",
                                "/api/v1/sessions/\(visitor.session)",
                                token: visitor.token
                            )
                        default:
                            try await api.send(
                                "PATCH",
                                "/api/v1/users/\(visitor.user)",
                                token: world.owner.token,
                                body: #"{"disabled":true}"#
                            )
                        }
                    }
                )
            )
        }
        return found
    }

    /// Whether the other coordinator takes it.
    private func isTaken(_ credential: Credential, _ api: APIClient) async throws -> Bool {
        let answer = try await api.send("GET", credential.uri, token: credential.token)
        // No worker has the camera.
        let isTaken = answer.status < 300 || answer.status == 503
        #expect(isTaken || [401, 403, 404].contains(answer.status), "\(answer.text)")
        return isTaken
    }

    /// Makes the end here, and asks there until nothing is taken.
    /// - Returns: How long that took.
    private func run(
        _ end: End,
        _ world: World,
        _ looks: Looks
    ) async throws -> Duration {
        let bed = world.there
        for credential in end.credentials {
            let before = try await bed.run { api in try await isTaken(credential, api) }
            #expect(before, "\(end.name): \(credential.name) is not good before")
        }
        let act = end.act
        let answer = try await world.here.run { api in try await act(api) }
        #expect((200..<300).contains(answer.status), "\(end.name): \(answer.text)")
        let ended = ContinuousClock.now
        let seen = looks.count.load(ordering: .sequentiallyConsistent)
        var left = end.credentials
        while !left.isEmpty {
            // What began before this look is over by the one after.
            let late = looks.count.load(ordering: .sequentiallyConsistent) - seen >= Self.lookLimit
            var taken: [Credential] = []
            for credential in left {
                let good = try await bed.run { api in try await isTaken(credential, api) }
                if good { taken.append(credential) }
            }
            left = taken
            guard late else {
                try await Task.sleep(for: .milliseconds(Self.pause))
                continue
            }
            #expect(left.isEmpty, "\(end.name): \(left.map(\.name)) goes on")
            break
        }
        let span = ContinuousClock.now - ended
        for credential in end.credentials {
            let again = try await bed.run { api in try await isTaken(credential, api) }
            #expect(!again, "\(end.name): \(credential.name) is good again")
        }
        if let refresh = end.refresh {
            let answer = try await bed.run { api in
                try await api.send(
                    "POST",
                    "/api/v1/auth/refresh",
                    body: #"{"refresh_token":"\#(refresh)"}"#
                )
            }
            #expect(answer.status == 401, "\(end.name): \(answer.text)")
        }
        return span
    }

    @Test func `what ends on one coordinator is over on another one after its next look`()
        async throws
    {
        let here = try await TestBed.shared()
        let there = try await here.second()
        let watch = EndedSessionsWatch(
            catalog: there.catalog,
            sessions: there.services.endedSessions
        )
        try await watch.pass()
        let (world, ends) = try await here.run { api in
            let world = try await self.world(api, here, there)
            var ends = try await self.ends(api, world)
            ends += try await keyEnds(api, world)
            ends += try await rightEnds(api, world)
            ends += try await clientEnds(api, world)
            return (world, ends)
        }
        let looks = Looks()
        let watching = Task {
            while !Task.isCancelled {
                // One that fails is one look less in time, which shows.
                try? await watch.pass()
                looks.count.add(1, ordering: .sequentiallyConsistent)
                try await Task.sleep(for: EndedSessionsWatch.interval)
            }
        }
        defer { watching.cancel() }
        let spans = try await withThrowingTaskGroup(of: (String, Duration).self) { group in
            for end in ends {
                group.addTask { (end.name, try await run(end, world, looks)) }
            }
            var spans: [(String, Duration)] = []
            for try await span in group { spans.append(span) }
            return spans
        }
        let longest = spans.max { $0.1 < $1.1 }
        print(
            "ends elsewhere: \(spans.count) kinds, the longest is that of "
                + "\(longest?.0 ?? "-"), after \(longest?.1 ?? .zero)"
        )
        #expect(spans.count == 16)
    }

    private final class Looks: Sendable {
        let count = Atomic(0)
    }
}
