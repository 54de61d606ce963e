import API
import Domain
import Identity
import Testing

/// Every kind of credential at every place where another one belongs: refused, and with the words
/// that anything else gets there.
struct MisplacedTokenTests {
    /// Something that gives a right somewhere.
    private enum Kind: String, CaseIterable {
        case access, key, refresh, device, invitation, ticket, worker, state, browser, login
        case recoveryCode, session
    }

    /// Where a credential is shown.
    private enum Place: String, CaseIterable {
        case bearer, bearerOfPlaylist, bearerOfWorker, ticket, refresh, logout, invitation
        case browserCookie, login, state

        /// What belongs there.
        var kinds: Set<Kind> {
            switch self {
            case .bearer, .bearerOfPlaylist: [.access, .key]
            case .bearerOfWorker: [.worker]
            case .ticket: [.ticket]
            case .refresh, .logout: [.refresh]
            case .invitation: [.invitation]
            case .browserCookie: [.browser]
            case .login: [.login]
            case .state: [.state]
            }
        }
    }

    /// One organisation with everything that can be shown.
    private struct World {
        var fixture: ProviderLoginFixture
        var begun: ProviderLoginFixture.Begun
        var camera: CameraID
        var texts: [Kind: String]
        /// Name of the cookie of the login through a provider.
        var cookie: String
    }

    private func world(_ fixture: ProviderLoginFixture, _ api: APIClient) async throws -> World {
        let owner = fixture.owner
        var texts: [Kind: String] = [.session: "\(owner.session)", .worker: TestBed.workerToken]
        let login = try await api.send(
            "POST",
            "/api/v1/auth/login",
            body: #"{"email":"\#(owner.email)","password":"\#(TestBed.password)","#
                + #""tenant":"\#(owner.tenantName)"}"#
        )
        texts[.access] = login.string("access_token")
        texts[.refresh] = login.string("refresh_token")
        texts[.device] = login.string("device_token")
        texts[.key] = try await api.post(
            "/api/v1/api-keys",
            owner,
            #"{"name":"x","permissions":["cameras.read","video.live"],"expires_in_days":1}"#
        ).string("key")
        let invited = try await api.post(
            "/api/v1/users",
            owner,
            #"{"email":"new@example.com","role":"viewer"}"#
        )
        texts[.invitation] =
            invited.string("invitation_path").split(separator: "=").last.map { String($0) }
        let camera = try await api.addCamera(owner)
        let playback = try await api.get("/api/v1/cameras/\(camera)/playback", owner)
        texts[.ticket] =
            playback.string("live").split(separator: "token=").last.map { String($0) }
        let begun = try await fixture.begin(api)
        let parts = begun.cookie.split(separator: "=", maxSplits: 1).map { String($0) }
        texts[.state] = begun.query["state"]
        texts[.browser] = parts.last
        texts[.login] = ProviderLoginToken(.browser, parts.last ?? "").map { "\($0.login)" }
        texts[.recoveryCode] = RecoveryCode().text
        for kind in Kind.allCases { try #require(texts[kind]?.isEmpty == false, "\(kind)") }
        return World(
            fixture: fixture,
            begun: begun,
            camera: camera,
            texts: texts,
            cookie: parts.first ?? ""
        )
    }

    /// Shows a text at a place.
    private func show(
        _ text: String,
        at place: Place,
        _ world: World,
        _ api: APIClient
    ) async throws -> APIClient.Answer {
        let live = "/hls/\(world.camera)/live.m3u8"
        switch place {
        case .bearer: return try await api.send("GET", "/api/v1/me", token: text)
        case .bearerOfPlaylist: return try await api.send("GET", live, token: text)
        case .bearerOfWorker:
            return try await api.send(
                "POST",
                "/internal/v1/workers",
                token: text,
                body: "{}"
            )
        case .ticket: return try await api.send("GET", live + "?token=" + text)
        case .refresh, .logout:
            return try await api.send(
                "POST",
                "/api/v1/auth/\(place.rawValue)",
                body: #"{"refresh_token":"\#(text)"}"#
            )
        case .invitation:
            return try await api.send(
                "POST",
                "/api/v1/invitations/accept",
                body: #"{"token":"\#(text)","password":"a long sentence of it"}"#
            )
        case .browserCookie, .login:
            let isCookie = place == .browserCookie
            let login = isCookie ? world.texts[.login] ?? "" : text
            let cookie = isCookie ? text : world.texts[.browser] ?? ""
            return try await api.send(
                "POST",
                "/api/v1/auth/oidc/token",
                body: #"{"login":"\#(login)"}"#,
                headers: [("Cookie", "\(world.cookie)=\(cookie)")]
            )
        case .state:
            let code = world.fixture.stub.consent(world.begun.query)
            return try await api.send(
                "GET",
                "/api/v1/auth/oidc/\(world.fixture.provider)/callback?code=\(code)&state=\(text)",
                headers: [("Cookie", world.begun.cookie)]
            )
        }
    }

    @Test func `a credential is refused wherever it does not belong`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        try await fixture.bed.run { api in
            let world = try await self.world(fixture, api)
            var shown = 0
            for place in Place.allCases {
                let garbage = try await show("garbage", at: place, world, api)
                for kind in Kind.allCases where !place.kinds.contains(kind) {
                    let text = world.texts[kind] ?? ""
                    let answer = try await show(text, at: place, world, api)
                    shown += 1
                    let what = "\(kind) at \(place): \(answer.status) \(answer.text)"
                    if place == .state {
                        // Browsers get a page; no login has been made.
                        let location = answer.header("location") ?? ""
                        #expect(location.hasPrefix("/#login_error="), "\(what)")
                        continue
                    }
                    // What is too long for the place is told so by its length alone.
                    let isLong = text.utf8.count > 36 && answer.status == 400
                    #expect(answer.status == garbage.status || isLong, "\(what)")
                    #expect([400, 401, 403].contains(answer.status), "\(what)")
                    #expect(!answer.text.contains(text), "\(what)")
                    #expect(!answer.text.contains("access_token"), "\(what)")
                    #expect(answer.header("set-cookie") == nil, "\(what)")
                }
            }
            print("credentials: \(shown) times at a wrong place")
            // Where a token goes is the header, and nowhere else.
            let access = world.texts[.access] ?? ""
            for (uri, headers) in [
                ("/api/v1/me?access_token=\(access)", []), ("/api/v1/me?token=\(access)", []),
                ("/api/v1/me", [("Cookie", "access_token=\(access); token=\(access)")]),
                ("/api/v1/me", [("Authorization", "Basic \(access)")]),
                ("/api/v1/me", [("Authorization", access)]),
                ("/api/v1/me", [("Authorization", "Bearer Bearer \(access)")]),
                ("/api/v1/me", [("X-Access-Token", access), ("X-Api-Key", access)]),
            ] as [(String, [(String, String)])] {
                let answer = try await api.send("GET", uri, headers: headers)
                #expect([400, 401].contains(answer.status), "\(uri) \(headers)")
            }
            try await own(world, api)
        }
    }

    /// Each credential is good at its own place, or its refusal elsewhere would show nothing.
    private func own(_ world: World, _ api: APIClient) async throws {
        for place in [
            Place.bearer, .bearerOfPlaylist, .bearerOfWorker, .ticket, .invitation, .refresh,
        ] {
            for kind in place.kinds {
                let answer = try await show(world.texts[kind] ?? "", at: place, world, api)
                // No worker has the camera, and the worker's body is none.
                let isTaken = answer.status < 300 || [400, 503].contains(answer.status)
                #expect(isTaken, "\(kind) at \(place): \(answer.status) \(answer.text)")
            }
        }
        let end = try await world.fixture.logIn(api)
        #expect(end.hasPrefix("/#login="), "\(end)")
    }
}
