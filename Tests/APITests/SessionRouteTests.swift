import Catalog
import Coordinator
import Domain
import Identity
import Keys
import Testing

@testable import API

/// Logins as they are kept: refresh, reuse, the list, their ends, and the password.
struct SessionRouteTests {
    private func logIn(
        _ api: APIClient,
        _ member: Member,
        password: String = TestBed.password
    ) async throws -> APIClient.Answer {
        try await api.send(
            "POST",
            "/api/v1/auth/login",
            body: """
                {"email":"\(member.email)","password":"\(password)",\
                "tenant":"\(member.tenantName)"}
                """,
            headers: [("user-agent", "Tests/1")]
        )
    }

    private func refresh(_ api: APIClient, _ token: String) async throws -> APIClient.Answer {
        try await api.send(
            "POST",
            "/api/v1/auth/refresh",
            body: #"{"refresh_token":"\#(token)"}"#
        )
    }

    private func me(_ api: APIClient, _ token: String) async throws -> Int {
        try await api.send("GET", "/api/v1/me", token: token).status
    }

    @Test func `a token in two hands ends the session, is told, and stays ended after a restart`()
        async throws
    {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let (first, access) = try await bed.run { api in
            let login = try await logIn(api, member)
            #expect(login.status == 200)
            let first = login.string("refresh_token")
            #expect(first.hasPrefix(RefreshToken.prefix))
            let second = try await refresh(api, first)
            #expect(second.status == 200)
            // At once: the same successor, for whoever lost the answer.
            let again = try await refresh(api, first)
            #expect(again.string("refresh_token") == second.string("refresh_token"))
            let access = second.string("access_token")
            #expect(try await me(api, access) == 200)
            return (first, access)
        }
        // The grace is over.
        let session = try RefreshToken(first, key: bed.services.keys.derive(.refreshToken)).session
        try await bed.asSuperuser(
            """
            UPDATE sessions SET rotated_at = rotated_at - interval '31 s' WHERE id = '\(session)'
            """
        )
        try await bed.run { api in
            #expect(try await refresh(api, first).status == 401)
            #expect(try await me(api, access) == 401)
            let events = try await api.get("/api/v1/events", member)
            #expect(events.string("items", "0", "type") == "session.reused")
            #expect(events.string("items", "0", "data", "session_id") == "\(session)")
            #expect(events.string("items", "0", "data", "user_agent") == "Tests/1")
            // It tells of a person, so that it was read is told.
            let log = try await api.get("/api/v1/audit?action=people.read", member)
            #expect(log.string("items", "0", "subject", "kind") == "event")
        }
        // Another process, which hears of it from the database, by a look or by asking.
        for looks in [false, true] {
            let restarted = try bed.variant { $0.endedSessions = EndedSessions() }
            let known = restarted.services.endedSessions
            if looks {
                try await EndedSessionsWatch(catalog: bed.catalog, sessions: known).pass()
                #expect(known.contains(session) && !known.contains(member.session))
                #expect(known.isCurrent(bed.services.now()))
            }
            try await restarted.run { api in
                let answer = try await refresh(api, first)
                #expect(answer.status == 401)
                let late = try await me(api, access)
                #expect(late == 401)
                let other = try await me(api, member.token)
                #expect(other == 200)
            }
        }
    }

    @Test func `a thousand honest refreshes at once log nobody out`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            var token = try await logIn(api, member).string("refresh_token")
            for _ in 0..<2 {
                let shown = token
                let answers = try await withThrowingTaskGroup(of: APIClient.Answer.self) { group in
                    for _ in 0..<1_000 {
                        group.addTask {
                            // A coordinator that has too much to do says so, and is asked again.
                            var answer = try await refresh(api, shown)
                            for _ in 0..<100 where answer.status == 503 {
                                try await Task.sleep(for: .milliseconds(50))
                                answer = try await refresh(api, shown)
                            }
                            return answer
                        }
                    }
                    var answers: [APIClient.Answer] = []
                    for try await answer in group { answers.append(answer) }
                    return answers
                }
                #expect(answers.count == 1_000 && answers.allSatisfy { $0.status == 200 })
                let next = Set(answers.map { $0.string("refresh_token") })
                #expect(next.count == 1)
                token = next.first ?? ""
            }
            let list = try await api.get("/api/v1/sessions", member)
            #expect(list.string("items", "2", "id").isEmpty)
        }
    }

    @Test func `sessions are listed and ended by their person alone`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let colleague = try await bed.member(.owner, of: member.tenant)
        try await bed.run { api in
            let login = try await logIn(api, member)
            let access = login.string("access_token")
            let list = try await api.send("GET", "/api/v1/sessions", token: access)
            #expect(list.value("items", "0", "current") == .bool(true))
            #expect(list.value("items", "1", "current") == .bool(false))
            #expect(list.string("items", "0", "user_agent") == "Tests/1")
            let id = list.string("items", "0", "id")
            let path = "/api/v1/sessions/\(id)"
            let missing = try await api.send(
                "DELETE",
                "/api/v1/sessions/\(SessionID())",
                token: member.token
            )
            for stranger in [colleague, try await bed.member()] {
                let answer = try await api.send("DELETE", path, token: stranger.token)
                #expect(answer.status == 404 && answer.text == missing.text)
            }
            let camera = try await api.addCamera(member)
            let playback = try await api.send(
                "GET",
                "/api/v1/cameras/\(camera)/playback",
                token: access
            )
            let index = playback.string("index")
            #expect(try await api.send("GET", index).status != 401)
            #expect(try await api.send("DELETE", path, token: member.token).status == 204)
            #expect(try await api.send("DELETE", path, token: member.token).status == 404)
            // Its tokens and its playlists' URLs end with it, the other session's do not.
            #expect(try await me(api, access) == 401)
            #expect(try await refresh(api, login.string("refresh_token")).status == 401)
            #expect(try await api.send("GET", index).status == 401)
            #expect(try await me(api, member.token) == 200)
        }
    }

    @Test func `a new password ends all other sessions`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let first = try await logIn(api, member)
            let second = try await logIn(api, member)
            func change(_ current: String, _ new: String) async throws -> APIClient.Answer {
                try await api.send(
                    "POST",
                    "/api/v1/me/password",
                    token: second.string("access_token"),
                    body: #"{"current_password":"\#(current)","new_password":"\#(new)"}"#
                )
            }
            for (current, new) in [
                ("a wrong password", "another long sentence"), (TestBed.password, "short"),
                (TestBed.password, TestBed.password), (TestBed.password, member.email),
            ] {
                let answer = try await change(current, new)
                #expect(answer.status == 400, "\(answer.text)")
            }
            #expect(try await me(api, first.string("access_token")) == 200)
            #expect(try await change(TestBed.password, "another long sentence").status == 204)
            #expect(try await me(api, first.string("access_token")) == 401)
            #expect(try await refresh(api, first.string("refresh_token")).status == 401)
            #expect(try await me(api, member.token) == 401)
            #expect(try await me(api, second.string("access_token")) == 200)
            #expect(try await refresh(api, second.string("refresh_token")).status == 200)
            #expect(try await logIn(api, member).status == 401)
            #expect(try await logIn(api, member, password: "another long sentence").status == 200)
        }
    }

    @Test func `guesses at the present password are slowed down`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            var statuses: [Int] = []
            for _ in 0...LoginThrottle.freeAttempts {
                let answer = try await api.post(
                    "/api/v1/me/password",
                    member,
                    #"{"current_password":"a guess","new_password":"another long sentence"}"#
                )
                statuses.append(answer.status)
            }
            #expect(statuses.last == 429)
            #expect(statuses.dropLast().allSatisfy { $0 == 400 })
        }
    }

    @Test func `of too many sessions the oldest end`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let user = try #require(try await bed.catalog.user(member.tenant, member.user))
        let hash = try await TestBed.hash()
        var ended: [SessionID] = []
        for _ in 0..<Catalog.sessionLimit {
            let made = try await bed.catalog.createSession(
                user,
                passwordHash: hash,
                id: SessionID(),
                lifetime: 600,
                address: String(repeating: "a", count: 500),
                agent: String(repeating: "b", count: 500)
            )
            guard case .opened(let more, _) = made else {
                Issue.record("\(made)")
                continue
            }
            ended += more
        }
        #expect(ended == [member.session])
        let left = try await bed.catalog.sessions(member.tenant, member.user)
        #expect(left.count == Catalog.sessionLimit)
        try await bed.asSuperuser(
            """
            UPDATE sessions SET expires_at = now() - interval '2 days'
            WHERE user_id = '\(member.user)'
            """
        )
        #expect(try await bed.catalog.pruneSessions(limit: 10_000) >= Catalog.sessionLimit)
        #expect(try await bed.catalog.sessions(member.tenant, member.user).isEmpty)
    }

    @Test func `a login that is under way when its password or rights change comes to nothing`()
        async throws
    {
        let bed = try await TestBed.shared()
        let catalog = bed.catalog
        let hash = try await TestBed.hash()
        for change in ["password", "role", "disabled", "removed"] {
            let owner = try await bed.member()
            let member = try await bed.member(.operator, of: owner.tenant)
            // The password was compared with this row…
            let user = try #require(try await catalog.user(member.tenant, member.user))
            let acting = ActingUser(tenant: owner.tenant, id: owner.user, role: "owner")
            if change == "password" {
                let ended = try await catalog.changePassword(
                    member.tenant,
                    member.user,
                    from: hash,
                    to: hash + "x",
                    keeping: member.session
                )
                #expect(ended == [])
                // …and so is one that changes it from what it is no more.
                let late = try await catalog.changePassword(
                    member.tenant,
                    member.user,
                    from: hash,
                    to: hash + "y",
                    keeping: member.session
                )
                #expect(late == nil)
            } else {
                let outcome = try await catalog.changeUser(
                    member.tenant,
                    member.user,
                    UserChange(
                        role: change == "role" ? "viewer" : nil,
                        isDisabled: change == "disabled" ? true : nil,
                        isRemoved: change == "removed"
                    ),
                    by: acting,
                    decisive: "owner"
                ) { _, _, _ in nil as UserChangeRefusal? }
                guard case .changed(_, let ended) = outcome else {
                    Issue.record("\(change) was refused")
                    continue
                }
                #expect(ended == [member.session])
            }
            let made = try await catalog.createSession(
                user,
                passwordHash: hash,
                id: SessionID(),
                lifetime: 600,
                address: "",
                agent: ""
            )
            #expect(made == .stale, "\(change)")
        }
    }
}
