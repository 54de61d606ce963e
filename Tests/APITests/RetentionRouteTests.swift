import API
import Catalog
import Domain
import Testing

/// Holds and rules of retention over HTTP.
struct RetentionRouteTests {
    @Test func `a hold is made, listed and released, by its organisation alone`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let other = try await bed.member()
        try await bed.run { api in
            let camera = try await api.addCamera(member, name: "Gate")
            let body = """
                {"camera_id":"\(camera)","from":"2026-01-31T09:00:00Z",
                "to":"2026-01-31T10:00:00+00:00","reason":"case 7"}
                """
            #expect(try await api.post("/api/v1/holds", other, body).status == 400)
            let created = try await api.post("/api/v1/holds", member, body)
            #expect(created.status == 201, "\(created.text)")
            #expect(created.string("reason") == "case 7")
            #expect(created.string("camera_id") == "\(camera)")
            let id = created.string("id")
            let all = try await api.post(
                "/api/v1/holds",
                member,
                #"{"from":"2026-01-31T09:00:00Z","to":"2026-01-31T10:00:00Z","reason":"all"}"#
            )
            #expect(all.status == 201 && !all.text.contains("camera_id"))
            let list = try await api.get("/api/v1/holds", member)
            #expect(list.string("items", "1", "id") == id)
            #expect(try await !api.get("/api/v1/holds", other).text.contains(id))
            let path = "/api/v1/holds/\(id)"
            #expect(try await api.send("DELETE", path, token: other.token).status == 404)
            #expect(try await api.send("DELETE", path, token: member.token).status == 204)
            #expect(try await api.send("DELETE", path, token: member.token).status == 404)
            #expect(try await !api.get("/api/v1/holds", member).text.contains(id))
        }
    }

    @Test(arguments: [
        "{}", #"{"from":"2026-01-31T09:00:00Z","to":"2026-01-31T09:00:00Z","reason":"x"}"#,
        #"{"from":"1769850000","to":"2026-01-31T09:00:00Z","reason":"x"}"#,
        #"{"from":"2026-01-31T09:00:00Z","to":"2026-01-31T10:00:00Z","reason":""}"#,
        #"{"from":"2026-01-31T09:00:00Z","to":"2026-01-31T10:00:00Z","reason":"x","camera":1}"#,
        #"{"camera_id":"x","from":"2026-01-31T09:00:00Z","to":"2026-01-31T10:00:00Z","reason":"x"}"#,
    ])
    func `a wrong hold is refused and changes nothing`(body: String) async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let answer = try await api.post("/api/v1/holds", member, body)
            #expect(answer.status == 400)
            let list = try await api.get("/api/v1/holds", member)
            #expect(list.text == #"{"items":[]}"#)
        }
    }

    @Test func `a rule is looked at before it is changed, and is changed for its own only`()
        async throws
    {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let other = try await bed.member()
        try await bed.run { api in
            let camera = try await api.addCamera(member, name: "Gate")
            let path = "/api/v1/retention"
            let before = try await api.get(path, member)
            #expect(before.status == 200, "\(before.text)")
            #expect(before.value("retention_days") == .number("30"))
            let preview = try await api.get(path + "?scope=camera&id=\(camera)&days=1", member)
            #expect(preview.status == 200 && preview.value("chunks") == .number("0"))
            #expect(preview.value("stored_bytes") == .number("0"))
            #expect(!preview.text.contains("quota_bytes"))
            // Not of this organisation, or of nobody.
            for wanted in ["scope=camera&id=\(camera)", "scope=site&id=\(camera)"] {
                let sender = wanted.hasPrefix("scope=camera") ? other : member
                let answer = try await api.get(path + "?\(wanted)&days=1", sender)
                #expect(answer.status == 404, "\(answer.text)")
            }
            #expect(try await api.get(path, member).text == before.text)
            func put(_ body: String, _ sender: Member) async throws -> Int {
                try await api.send("PUT", path, token: sender.token, body: body).status
            }
            let own = #"{"scope":"camera","id":"\#(camera)","days":7}"#
            #expect(try await put(own, other) == 404)
            #expect(try await put(own, member) == 200)
            let shown = try await api.get("/api/v1/cameras/\(camera)", member)
            #expect(shown.value("retention_days") == .number("7"))
            #expect(
                try await put(#"{"scope":"camera","id":"\#(camera)","days":null}"#, member) == 200
            )
            #expect(try await put(#"{"scope":"tenant","days":60}"#, member) == 200)
            #expect(try await api.get(path, member).value("retention_days") == .number("60"))
            #expect(try await api.get(path, other).value("retention_days") == .number("30"))
            for wrong in [
                "{}", #"{"scope":"tenant"}"#, #"{"scope":"tenant","days":0}"#,
                #"{"scope":"tenant","days":4000}"#, #"{"scope":"camera","days":5}"#,
                #"{"scope":"site","id":"x","days":5}"#, #"{"scope":"all","days":5}"#,
                #"{"scope":"tenant","id":"\#(camera)","days":5}"#,
            ] {
                #expect(try await put(wrong, member) == 400, "\(wrong)")
            }
            for wrong in [
                "scope=x", "scope=camera", "scope=tenant", "scope=camera&id=1&days=2", "days=1",
            ] {
                #expect(try await api.get(path + "?" + wrong, member).status == 400, "\(wrong)")
            }
        }
    }
}
