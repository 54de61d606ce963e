import API
import Catalog
import Domain
import Identity
import Testing

/// People and sites over HTTP.
struct UserRouteTests {
    private func invite(
        _ api: APIClient,
        _ member: Member,
        _ email: String,
        _ role: String
    ) async throws -> APIClient.Answer {
        try await api.post(
            "/api/v1/users",
            member,
            #"{"email":"\#(email)","role":"\#(role)"}"#
        )
    }

    private func accept(
        _ api: APIClient,
        _ path: String,
        _ password: String
    ) async throws -> APIClient.Answer {
        let token = path.split(separator: "=").last.map { String($0) } ?? ""
        return try await api.send(
            "POST",
            "/api/v1/invitations/accept",
            body: #"{"token":"\#(token)","password":"\#(password)"}"#
        )
    }

    private func logIn(
        _ api: APIClient,
        _ email: String,
        _ tenant: String,
        _ password: String
    ) async throws -> APIClient.Answer {
        try await api.send(
            "POST",
            "/api/v1/auth/login",
            body: #"{"email":"\#(email)","password":"\#(password)","tenant":"\#(tenant)"}"#
        )
    }

    @Test func `somebody who is invited chooses a password, once, and logs in`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        try await bed.run { api in
            let invited = try await invite(api, owner, "Guard@example.com", "operator")
            #expect(invited.status == 201, "\(invited.text)")
            let path = invited.string("invitation_path")
            #expect(path.hasPrefix("/invitation#token=sparc_inv_"))
            let id = invited.string("user", "id")
            #expect(invited.string("user", "state") == "invited")
            #expect(try await invite(api, owner, "guard@EXAMPLE.com", "viewer").status == 409)
            let early = try await logIn(api, "guard@example.com", owner.tenantName, "!")
            #expect(early.status == 401)
            let list = try await api.get("/api/v1/users", owner)
            #expect(!list.text.contains("sparc_inv_"))
            #expect(try await accept(api, path, "short").status == 400)
            #expect(try await accept(api, path, "guard@example.com").status == 400)
            let done = try await accept(api, path, "the guard's own words")
            #expect(done.status == 200 && done.string("email") == "Guard@example.com")
            #expect(try await accept(api, path, "somebody else's words").status == 403)
            let login = try await logIn(
                api,
                "guard@example.com",
                owner.tenantName,
                "the guard's own words"
            )
            #expect(login.status == 200)
            let shown = try await api.get("/api/v1/users/\(id)", owner)
            #expect(shown.string("state") == "active" && !shown.text.contains("invited_until"))
            // Forgotten: the old one stays good until the new one is chosen, then its logins end.
            let again = try await api.post("/api/v1/users/\(id)/invitation", owner, "")
            let third = try await api.post("/api/v1/users/\(id)/invitation", owner, "")
            #expect(again.status == 200 && third.status == 200)
            let access = login.string("access_token")
            #expect(try await api.send("GET", "/api/v1/me", token: access).status == 200)
            let old = again.string("invitation_path")
            #expect(try await accept(api, old, "another set of words").status == 403)
            let new = third.string("invitation_path")
            #expect(try await accept(api, new, "another set of words").status == 200)
            #expect(try await api.send("GET", "/api/v1/me", token: access).status == 401)
        }
    }

    @Test func `rights that are taken away end logins, and one owner is always left`()
        async throws
    {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let second = try await bed.member(.owner, of: owner.tenant)
        let administrator = try await bed.member(.administrator, of: owner.tenant)
        let viewer = try await bed.member(.viewer, of: owner.tenant)
        try await bed.run { api in
            func patch(_ who: Member, _ sender: Member, _ body: String) async throws -> Int {
                try await api.send(
                    "PATCH",
                    "/api/v1/users/\(who.user)",
                    token: sender.token,
                    body: body
                ).status
            }
            func me(_ who: Member) async throws -> Int {
                try await api.get("/api/v1/me", who).status
            }
            #expect(try await patch(owner, administrator, #"{"disabled":true}"#) == 403)
            #expect(try await patch(viewer, administrator, #"{"role":"owner"}"#) == 403)
            #expect(try await invite(api, administrator, "x@example.com", "owner").status == 403)
            #expect(try await patch(owner, owner, #"{"role":"viewer"}"#) == 409)
            #expect(try await patch(viewer, administrator, "{}") == 400)
            #expect(try await patch(viewer, administrator, #"{"role":"king"}"#) == 400)
            // The same role takes nothing away.
            #expect(try await patch(viewer, administrator, #"{"role":"viewer"}"#) == 200)
            #expect(try await me(viewer) == 200)
            #expect(try await patch(viewer, administrator, #"{"role":"operator"}"#) == 200)
            #expect(try await me(viewer) == 401)
            #expect(try await patch(administrator, owner, #"{"disabled":true}"#) == 200)
            #expect(try await me(administrator) == 401)
            let off = try await api.get("/api/v1/users/\(administrator.user)", owner)
            #expect(off.string("state") == "disabled")
            #expect(try await patch(administrator, owner, #"{"disabled":false}"#) == 200)
            #expect(try await me(administrator) == 401)
            #expect(try await patch(second, owner, #"{"disabled":true}"#) == 200)
            let path = "/api/v1/users/\(viewer.user)"
            #expect(try await api.send("DELETE", path, token: owner.token).status == 204)
            #expect(try await api.send("DELETE", path, token: owner.token).status == 404)
            let ended = try await bed.catalog.endedSessions(within: 60)
            #expect(Set(ended).isSuperset(of: [viewer.session, second.session]))
        }
    }

    @Test func `two owners who remove each other at once leave one`() async throws {
        let bed = try await TestBed.shared()
        for _ in 0..<5 {
            let one = try await bed.member()
            let two = try await bed.member(.owner, of: one.tenant)
            try await bed.run { api in
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for (actor, other) in [(one, two), (two, one)] {
                        group.addTask {
                            try await api.send(
                                "DELETE",
                                "/api/v1/users/\(other.user)",
                                token: actor.token
                            ).status
                        }
                    }
                    var statuses: [Int] = []
                    for try await status in group { statuses.append(status) }
                    return statuses
                }
                #expect(statuses.contains(204))
                #expect(try await bed.catalog.hasUsers(one.tenant))
            }
        }
    }

    @Test func `people are listed in pages`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        try await bed.run { api in
            for number in 0..<5 {
                let answer = try await invite(api, owner, "p\(number)@example.com", "viewer")
                #expect(answer.status == 201)
            }
            var found: [String] = []
            var next = ""
            repeat {
                let cursor = next.isEmpty ? "" : "&cursor=\(next)"
                let page = try await api.get("/api/v1/users?limit=2\(cursor)", owner)
                for index in 0..<2 { found.append(page.string("items", "\(index)", "email")) }
                next = page.string("next")
            } while !next.isEmpty
            #expect(found == [owner.email] + (0..<5).map { "p\($0)@example.com" })
            for wrong in ["limit=0", "limit=501", "cursor=x"] {
                #expect(try await api.get("/api/v1/users?\(wrong)", owner).status == 400)
            }
        }
    }

    @Test func `a site has a name and a time zone, and stays while cameras belong to it`()
        async throws
    {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let other = try await bed.member()
        try await bed.run { api in
            let created = try await api.post(
                "/api/v1/sites",
                owner,
                #"{"name":"Yard","time_zone":"Europe/Berlin"}"#
            )
            #expect(created.status == 201 && created.string("time_zone") == "Europe/Berlin")
            let path = "/api/v1/sites/\(created.string("id"))"
            #expect(try await api.get(path, owner).text == created.text)
            for (body, status) in [
                (#"{"name":"Yard"}"#, 409), (#"{"name":"A","time_zone":"Mars/Base"}"#, 400),
                (#"{"time_zone":"UTC"}"#, 400), (#"{"name":"  "}"#, 400), ("{}", 400),
            ] {
                #expect(try await api.post("/api/v1/sites", owner, body).status == status)
            }
            #expect(try await api.post("/api/v1/sites", other, #"{"name":"Yard"}"#).status == 201)
            func patch(_ body: String) async throws -> APIClient.Answer {
                try await api.send("PATCH", path, token: owner.token, body: body)
            }
            #expect(try await patch(#"{"name":"Back yard"}"#).string("name") == "Back yard")
            #expect(try await patch(#"{"time_zone":"x"}"#).status == 400)
            #expect(try await patch("{}").status == 400)
            let camera = try await api.post(
                "/api/v1/cameras",
                owner,
                ##"{"name":"Gate","url":"rtsp://10.1.2.3/s","site_id":"\##(created.string("id"))"}"##
            )
            #expect(camera.status == 201)
            #expect(try await api.send("DELETE", path, token: owner.token).status == 409)
            #expect(try await api.send("DELETE", path, token: other.token).status == 404)
            let spare = try await api.post("/api/v1/sites", owner, #"{"name":"Spare"}"#)
            let sparePath = "/api/v1/sites/\(spare.string("id"))"
            #expect(try await api.send("DELETE", sparePath, token: owner.token).status == 204)
            let list = try await api.get("/api/v1/sites", owner)
            #expect(list.string("items", "0", "name") == "Back yard")
            #expect(list.string("items", "1", "name").isEmpty)
        }
    }

    @Test func `an invitation ends with the rights and the password it was for, and its maker's`()
        async throws
    {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let administrator = try await bed.member(.administrator, of: owner.tenant)
        try await bed.run { api in
            func patch(_ id: String, _ body: String) async throws -> Int {
                try await api.send(
                    "PATCH",
                    "/api/v1/users/\(id)",
                    token: owner.token,
                    body: body
                ).status
            }
            for change in [#"{"role":"owner"}"#, #"{"disabled":true}"#] {
                let member = try await bed.member(.operator, of: owner.tenant)
                let link = try await api.post(
                    "/api/v1/users/\(member.user)/invitation",
                    administrator,
                    ""
                ).string("invitation_path")
                #expect(try await patch("\(member.user)", change) == 200)
                _ = try await patch("\(member.user)", #"{"disabled":false}"#)
                #expect(try await accept(api, link, "the administrator's words").status == 403)
            }
            let member = try await bed.member(.viewer, of: owner.tenant)
            let again = try await api.post(
                "/api/v1/users/\(member.user)/invitation",
                administrator,
                ""
            ).string("invitation_path")
            let changed = try await api.post(
                "/api/v1/me/password",
                member,
                ##"{"current_password":"\##(TestBed.password)","new_password":"a new long one"}"##
            )
            #expect(changed.status == 204)
            #expect(try await accept(api, again, "the administrator's words").status == 403)
            let last = try await invite(api, administrator, "late@example.com", "viewer")
            #expect(try await patch("\(administrator.user)", #"{"disabled":true}"#) == 200)
            let path = last.string("invitation_path")
            #expect(try await accept(api, path, "the administrator's words").status == 403)
        }
    }

    @Test func `a token whose rights were taken away elsewhere changes nobody`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let demoted = try await bed.member(.owner, of: owner.tenant)
        let target = try await bed.member(.viewer, of: owner.tenant)
        // As if another coordinator had done it a moment ago.
        try await bed.asSuperuser(
            "UPDATE users SET role = 'viewer' WHERE id = '\(demoted.user)'"
        )
        try await bed.run { api in
            let path = "/api/v1/users/\(target.user)"
            let answers = [
                try await invite(api, demoted, "x@example.com", "owner"),
                try await api.post(path + "/invitation", demoted, ""),
                try await api.send("DELETE", path, token: demoted.token),
                try await api.get(path, owner),
            ]
            #expect(answers.map(\.status) == [401, 401, 401, 200])
        }
    }

    @Test func `wrong invitations get one answer`() async throws {
        let bed = try await TestBed.shared()
        try await bed.run { api in
            var bodies: Set<String> = []
            for token in [
                InvitationToken(tenant: TenantID(), user: UserID()).path, "x=x", "x=sparc_inv_",
            ] {
                let answer = try await accept(api, token, "a long sentence")
                #expect(answer.status == 403)
                bodies.insert(answer.text)
            }
            #expect(bodies.count == 1)
        }
    }
}
