import API
import Catalog
import Domain
import Identity
import Testing

/// Keys of programs over HTTP.
struct APIKeyRouteTests {
    private func make(
        _ api: APIClient,
        _ member: Member,
        _ permissions: String
    ) async throws -> APIClient.Answer {
        try await api.post(
            "/api/v1/api-keys",
            member,
            #"{"name":"Backup","permissions":[\#(permissions)],"expires_in_days":30}"#
        )
    }

    private func get(_ api: APIClient, _ path: String, _ key: String) async throws -> Int {
        try await api.send("GET", path, token: key).status
    }

    @Test func `a key has the permissions that it names, and nothing of its person's own`()
        async throws
    {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        try await bed.run { api in
            let made = try await make(api, owner, #""cameras.read""#)
            #expect(made.status == 201, "\(made.text)")
            let key = made.string("key")
            #expect(key.hasPrefix(APIKeyToken.prefix))
            let list = try await api.get("/api/v1/api-keys", owner)
            #expect(list.string("items", "0", "id") == made.string("id"))
            #expect(!list.text.contains(key) && !list.text.contains("last_used_at"))
            #expect(try await get(api, "/api/v1/cameras", key) == 200)
            let me = try await api.send("GET", "/api/v1/me", token: key)
            #expect(me.string("permissions", "0") == "cameras.read")
            #expect(me.string("permissions", "1").isEmpty)
            for path in ["alerts", "users", "webhooks", "retention", "api-keys", "sessions"] {
                #expect(try await get(api, "/api/v1/\(path)", key) == 403, "\(path)")
            }
            let more = try await api.send(
                "POST",
                "/api/v1/api-keys",
                token: key,
                body: #"{"name":"x","permissions":["cameras.read"],"expires_in_days":1}"#
            )
            #expect(more.status == 403)
            let password = try await api.send(
                "POST",
                "/api/v1/me/password",
                token: key,
                body: #"{"current_password":"x","new_password":"a long sentence"}"#
            )
            #expect(password.status == 403)
            let used = try await api.get("/api/v1/api-keys", owner)
            #expect(used.text.contains("last_used_at"))
        }
    }

    @Test func `a key follows its person's rights, and ends with either`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let person = try await bed.member(.operator, of: owner.tenant)
        try await bed.run { api in
            #expect(try await make(api, person, #""users.manage""#).status == 403)
            let made = try await make(api, person, #""video.archive","alerts.read""#)
            let key = made.string("key")
            #expect(try await get(api, "/api/v1/alerts", key) == 200)
            func patch(_ body: String) async throws {
                let answer = try await api.send(
                    "PATCH",
                    "/api/v1/users/\(person.user)",
                    token: owner.token,
                    body: body
                )
                #expect(answer.status == 200)
            }
            try await patch(#"{"role":"viewer"}"#)
            #expect(try await get(api, "/api/v1/alerts", key) == 403)
            try await patch(#"{"role":"operator"}"#)
            #expect(try await get(api, "/api/v1/alerts", key) == 200)
            try await patch(#"{"disabled":true}"#)
            #expect(try await get(api, "/api/v1/alerts", key) == 401)
            try await patch(#"{"disabled":false}"#)
            #expect(try await get(api, "/api/v1/alerts", key) == 200)
            let other = try await make(api, owner, #""alerts.read""#)
            let path = "/api/v1/api-keys/\(other.string("id"))"
            #expect(try await api.send("DELETE", path, token: owner.token).status == 204)
            #expect(try await api.send("DELETE", path, token: owner.token).status == 404)
            #expect(try await get(api, "/api/v1/alerts", other.string("key")) == 401)
            let removed = try await api.send(
                "DELETE",
                "/api/v1/users/\(person.user)",
                token: owner.token
            )
            #expect(removed.status == 204)
            #expect(try await get(api, "/api/v1/alerts", key) == 401)
        }
    }

    @Test func `a playlist's URL of a key has no more than the key, and ends with it`()
        async throws
    {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        try await bed.run { api in
            let camera = try await api.addCamera(owner)
            let made = try await make(api, owner, #""video.live""#)
            let playback = try await api.send(
                "GET",
                "/api/v1/cameras/\(camera)/playback?from=2026-01-01T00:00:00Z"
                    + "&to=2026-01-01T01:00:00Z",
                token: made.string("key")
            )
            #expect(playback.status == 200, "\(playback.text)")
            let (live, archive) = (playback.string("live"), playback.string("archive"))
            #expect(try await api.send("GET", live).status == 503)
            #expect(try await api.send("GET", archive).status == 403)
            let path = "/api/v1/api-keys/\(made.string("id"))"
            #expect(try await api.send("DELETE", path, token: owner.token).status == 204)
            #expect(try await api.send("GET", live).status == 401)
            let ended = try await bed.catalog.endedSessions(within: 60)
            let id = try #require(APIKeyID(made.string("id")))
            #expect(ended.contains(SessionID(id.uuid)))
        }
    }

    @Test func `expired, wrong and too many keys are refused`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        try await bed.run { api in
            let made = try await make(api, owner, #""cameras.read""#)
            let key = made.string("key")
            let other = APIKeyToken(tenant: owner.tenant, key: APIKeyID()).text
            let id = try #require(APIKeyID(made.string("id")))
            let forged = APIKeyToken(tenant: owner.tenant, key: id).text
            let foreign = APIKeyToken(tenant: TenantID(), key: id).text
            for wrong in [other, forged, foreign, String(key.dropLast()), key + "A", "sparc_key_"] {
                #expect(try await get(api, "/api/v1/cameras", wrong) == 401)
            }
            try await bed.asSuperuser("UPDATE api_keys SET expires_at = now() WHERE id = '\(id)'")
            #expect(try await get(api, "/api/v1/cameras", key) == 401)
            for body in [
                "{}", #"{"name":"x","permissions":[],"expires_in_days":1}"#,
                #"{"name":"x","permissions":["all"],"expires_in_days":1}"#,
                #"{"name":"x","permissions":["cameras.read"]}"#,
                #"{"name":"x","permissions":["cameras.read"],"expires_in_days":366}"#,
                #"{"name":" ","permissions":["cameras.read"],"expires_in_days":1}"#,
            ] {
                #expect(
                    try await api.post("/api/v1/api-keys", owner, body).status == 400,
                    "\(body)"
                )
            }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<(APIKey.limit + 10) {
                    group.addTask { try await make(api, owner, #""cameras.read""#).status }
                }
                var statuses: [Int] = []
                for try await status in group { statuses.append(status) }
                return statuses
            }
            #expect(statuses.count { $0 == 201 } == APIKey.limit)
            #expect(statuses.count { $0 == 409 } == 10)
        }
    }
}
