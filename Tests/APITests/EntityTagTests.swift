import API
import Catalog
import Domain
import Testing

/// Changes that say which state they are for, and reads that say which they have.
struct EntityTagTests {
    /// What can be changed, and how: the body may hold `#` for a number that differs each time.
    private static let resources = [
        ("/api/v1/sites", #"{"name":"Head office"}"#, #"{"name":"Office #"}"#),
        (
            "/api/v1/webhooks", #"{"url":"https://example.com/"}"#,
            #"{"url":"https://example.com/#"}"#
        ),
        ("/api/v1/users", #"{"email":"a@example.com","role":"viewer"}"#, ""),
        (
            "/api/v1/roles", #"{"name":"Night","permissions":["cameras.read"]}"#,
            #"{"name":"Night #"}"#
        ),
        (
            "/api/v1/identity-providers",
            #"{"name":"ID","issuer":"https://id.example.com","client_id":"c","client_secret":"s"}"#,
            #"{"name":"ID #"}"#
        ),
    ]

    /// Every change of a person has to be another one than the one before.
    private static func body(_ text: String, _ number: Int) -> String {
        guard text.isEmpty else { return text.replacing("#", with: "\(number)") }
        return #"{"role":"\#(number % 2 == 0 ? "operator" : "viewer")"}"#
    }

    private func send(
        _ api: APIClient,
        _ method: String,
        _ path: String,
        _ member: Member,
        _ body: String? = nil,
        match: String
    ) async throws -> APIClient.Answer {
        try await api.send(
            method,
            path,
            token: member.token,
            body: body,
            headers: [(method == "GET" ? "If-None-Match" : "If-Match", match)]
        )
    }

    private func make(
        _ api: APIClient,
        _ member: Member,
        _ list: String,
        _ body: String
    ) async throws -> (path: String, tag: String) {
        let made = try await api.post(list, member, body)
        #expect(made.status == 201, "\(made.text)")
        return (try #require(made.header("location")), try #require(made.header("etag")))
    }

    @Test(arguments: resources)
    func `a change is made only of the state that was seen`(
        list: String,
        body: String,
        change: String
    ) async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let (path, tag) = try await make(api, member, list, body)
            let read = try await api.get(path, member)
            #expect(read.header("etag") == tag)
            for seen in [tag, "W/\(tag)", "*", #""x", \#(tag)"#] {
                let answer = try await send(api, "GET", path, member, match: seen)
                #expect(answer.status == 304 && answer.bytes.isEmpty, "\(seen)")
                #expect(answer.header("etag") == tag)
            }
            #expect(try await send(api, "GET", path, member, match: #""x""#).status == 200)
            for wrong in [#""x""#, "W/\(tag)", #""x", "y""#] {
                for (method, body) in [("PATCH", Self.body(change, 0)), ("DELETE", nil)] {
                    let answer = try await send(api, method, path, member, body, match: wrong)
                    #expect(answer.status == 412, "\(method) \(wrong)")
                }
            }
            for broken in ["", "x", #""x"#] {
                let answer = try await send(api, "DELETE", path, member, match: broken)
                #expect(answer.status == 400)
            }
            #expect(try await api.get(path, member).bytes == read.bytes)
            let first = try await send(
                api,
                "PATCH",
                path,
                member,
                Self.body(change, 0),
                match: #""x", \#(tag)"#
            )
            let next = try #require(first.header("etag"))
            #expect(first.status == 200 && next != tag)
            #expect(try await api.get(path, member).header("etag") == next)
            #expect(try await send(api, "DELETE", path, member, match: tag).status == 412)
            // Who does not know of tags, and who does not mind.
            let plain = Self.body(change, 1)
            let other = try await api.send("PATCH", path, token: member.token, body: plain)
            #expect(other.status == 200)
            let any = Self.body(change, 2)
            #expect(try await send(api, "PATCH", path, member, any, match: "*").status == 200)
            let last = try #require(try await api.get(path, member).header("etag"))
            #expect(try await send(api, "DELETE", path, member, match: last).status == 204)
            #expect(try await send(api, "DELETE", path, member, match: last).status == 404)
            #expect(try await send(api, "PATCH", path, member, any, match: "*").status == 404)
        }
    }

    @Test(arguments: resources)
    func `of two operators who saw the same one changes it, a hundred times`(
        list: String,
        body: String,
        change: String
    ) async throws {
        let bed = try await TestBed.shared()
        let members = [try await bed.member()]
        let operators = members + [try await bed.member(of: members[0].tenant)]
        try await bed.run { api in
            let (path, first) = try await make(api, operators[0], list, body)
            var tag = first
            for round in 0..<100 {
                let seen = tag
                let answers = try await withThrowingTaskGroup(of: APIClient.Answer.self) { group in
                    for (index, member) in operators.enumerated() {
                        // Of a person both want the same, which must not hide that one came late.
                        let number = change.isEmpty ? round : round * 2 + index
                        group.addTask {
                            try await send(
                                api,
                                "PATCH",
                                path,
                                member,
                                Self.body(change, number),
                                match: seen
                            )
                        }
                    }
                    var answers: [APIClient.Answer] = []
                    for try await answer in group { answers.append(answer) }
                    return answers
                }
                #expect(answers.map(\.status).sorted() == [200, 412], "round \(round)")
                let winner = try #require(answers.first { $0.status == 200 })
                tag = try #require(winner.header("etag"))
                #expect(try await api.get(path, operators[0]).bytes == winner.bytes)
            }
        }
    }

    @Test func `a rule of retention has a tag of its own for each scope`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let camera = try await api.addCamera(member)
            let scopes = [
                ("", #"{"scope":"tenant","days":#}"#),
                (
                    "?scope=camera&id=\(camera)&days=5",
                    ##"{"scope":"camera","id":"\##(camera)","days":#}"##
                ),
            ]
            for (query, change) in scopes {
                func put(_ days: Int, _ tag: String) async throws -> APIClient.Answer {
                    let body = change.replacing("#", with: "\(days)")
                    return try await send(api, "PUT", "/api/v1/retention", member, body, match: tag)
                }
                let path = "/api/v1/retention" + query
                let seen = try #require(try await api.get(path, member).header("etag"))
                #expect(try await put(40, #""x""#).status == 412)
                let set = try await put(40, seen)
                let tag = try #require(set.header("etag"))
                #expect(set.status == 200 && tag != seen)
                #expect(try await api.get(path, member).header("etag") == tag)
                #expect(try await put(41, seen).status == 412)
                #expect(try await put(41, tag).status == 200)
            }
        }
    }

    /// Adds a client of a new provider.
    private func client(_ api: APIClient, _ bed: TestBed) async throws -> (Member, String, String) {
        let member = try await bed.member()
        #expect(try await bed.catalog.setProvider(member.tenant, true))
        let domain = "c\("\(TenantID())".prefix(8)).example"
        let (path, tag) = try await make(
            api,
            member,
            "/api/v1/tenants",
            #"{"name":"Client \#(domain)","domain":"\#(domain)"}"#
        )
        return (member, path, tag)
    }

    @Test func `a client is changed as its provider saw it`() async throws {
        let bed = try await TestBed.shared()
        try await bed.run { api in
            let (member, path, first) = try await client(api, bed)
            #expect(try await send(api, "GET", path, member, match: first).status == 304)
            var tag = first
            let changes = [
                ("PATCH", "", #"{"plan":"basic"}"#), ("PATCH", "", #"{"limits":{"cameras":3}}"#),
                ("POST", "/suspend", #"{"reason":"x"}"#), ("POST", "/resume", ""),
                ("POST", "/close", #"{"reason":"x"}"#), ("DELETE", "", nil),
                ("POST", "/resume", ""),
            ]
            for (method, end, body) in changes {
                let late = try await send(api, method, path + end, member, body, match: #""x""#)
                #expect(late.status == 412, "\(method) \(end)")
                let changed = try await send(api, method, path + end, member, body, match: tag)
                #expect(changed.status == 200, "\(method) \(end) \(changed.text)")
                let next = try #require(changed.header("etag"))
                #expect(next != tag)
                #expect(try await api.get(path, member).header("etag") == next)
                let old = try await send(api, method, path + end, member, body, match: tag)
                #expect(old.status == 412, "\(method) \(end)")
                tag = next
            }
            // What the client decides is seen too.
            let id = try #require(TenantID(String(path.suffix(36))))
            _ = try await bed.catalog.setAllowsVisits(id, false)
            let late = try await send(api, "PATCH", path, member, #"{"plan":"x"}"#, match: tag)
            #expect(late.status == 412)
        }
    }

    @Test func `of two who saw the same client one changes it, a hundred times`() async throws {
        let bed = try await TestBed.shared()
        try await bed.run { api in
            let (member, path, first) = try await client(api, bed)
            var tag = first
            for round in 0..<100 {
                let seen = tag
                let answers = try await withThrowingTaskGroup(of: APIClient.Answer.self) { group in
                    for index in 0..<2 {
                        let body = #"{"plan":"plan \#(round * 2 + index)"}"#
                        group.addTask {
                            try await send(api, "PATCH", path, member, body, match: seen)
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(answers.map(\.status).sorted() == [200, 412], "round \(round)")
                tag = try #require(answers.first { $0.status == 200 }?.header("etag"))
            }
        }
    }

    @Test func `an alert is handled as it was seen`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            try await bed.raiseAlert(member.tenant, try await api.addCamera(member))
            let list = try await api.get("/api/v1/alerts", member)
            let path = "/api/v1/alerts/\(list.string("items", "0", "id"))"
            let seen = try #require(try await api.get(path, member).header("etag"))
            for end in ["/acknowledge", "/resolve"] {
                let late = try await send(api, "POST", path + end, member, match: #""x""#)
                #expect(late.status == 412)
            }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for end in ["/acknowledge", "/resolve"] {
                    group.addTask {
                        try await send(api, "POST", path + end, member, match: seen).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }.sorted()
            }
            #expect(statuses == [200, 412])
            let tag = try #require(try await api.get(path, member).header("etag"))
            #expect(tag != seen)
            let resolved = try await send(api, "POST", path + "/resolve", member, match: tag)
            #expect(resolved.status == 200)
            #expect(try await api.get(path, member).header("etag") == resolved.header("etag"))
        }
    }

    @Test func `a camera is removed as it was seen`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let path = "/api/v1/cameras/\(try await api.addCamera(member))"
            let seen = try #require(try await api.get(path, member).header("etag"))
            let answer = try await api.send(
                "PUT",
                "/api/v1/retention",
                token: member.token,
                body: #"{"scope":"camera","id":"\#(path.suffix(36))","days":9}"#
            )
            #expect(answer.status == 200)
            #expect(try await send(api, "DELETE", path, member, match: seen).status == 412)
            #expect(try await send(api, "DELETE", path, member, match: "x").status == 400)
            let tag = try #require(try await api.get(path, member).header("etag"))
            #expect(try await send(api, "DELETE", path, member, match: tag).status == 204)
        }
    }
}
