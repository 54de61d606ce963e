import API
import Catalog
import Domain
import Foundation
import Testing

/// Adding, listing, looking at and removing cameras.
struct CameraTests {
    @Test func `a new camera is shown without its password`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let created = try await api.post(
                "/api/v1/cameras",
                member,
                #"{"name":"Gate","url":"rtsp://admin:canary-pw@10.1.2.3:8554/s1?x=1"}"#
            )
            #expect(created.status == 201)
            #expect(created.string("url") == "rtsp://10.1.2.3:8554/s1?x=1")
            #expect(created.string("streams", "0", "role") == "main")
            let id = created.string("id")
            #expect(created.header("location") == "/api/v1/cameras/\(id)")
            let shown = try await api.get("/api/v1/cameras/\(id)", member)
            #expect(shown.status == 200)
            #expect(shown.header("etag") == created.header("etag"))
            let list = try await api.get("/api/v1/cameras", member)
            let health = try await api.get("/api/v1/cameras/\(id)/health", member)
            for answer in [created, shown, list, health] {
                #expect(!answer.text.contains("canary"))
                #expect(!answer.text.contains("admin"))
            }
            #expect(health.string("state") == "unassigned")
        }
    }

    @Test func `a password is in the database encrypted only, and opens for its stream only`()
        async throws
    {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let id = try await bed.run { api in try await api.addCamera(member) }
        let camera = try #require(try await bed.catalog.camera(member.tenant, id))
        let sealed = try #require(camera.streams.first?.credentials)
        #expect(!String(decoding: sealed, as: UTF8.self).contains("canary"))
        let opened = try await CameraSecretsAccess.open(sealed, member.tenant, id, .main, bed)
        #expect(opened == CameraCredentials(user: "u", password: "canary-pw"))
        await #expect(throws: (any Error).self) {
            try await CameraSecretsAccess.open(sealed, member.tenant, id, .sub, bed)
        }
        await #expect(throws: (any Error).self) {
            try await CameraSecretsAccess.open(sealed, TenantID(), id, .main, bed)
        }
    }

    @Test func `a camera may have two streams`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let answer = try await api.post(
                "/api/v1/cameras",
                member,
                """
                {"name":"Yard","retention_days":7,"transport":"tcp","streams":[
                 {"role":"sub","url":"rtsp://10.0.0.9/2"},{"role":"main","url":"rtsp://10.0.0.9/1"}]}
                """
            )
            #expect(answer.status == 201, "\(answer.text)")
            #expect(answer.string("url") == "rtsp://10.0.0.9/1")
            #expect(answer.string("streams", "1", "role") == "sub")
            #expect(answer.string("retention_days") == "7")
        }
    }

    @Test func `pages follow each other without loss or repetition`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            var added: [String] = []
            for index in 0..<7 {
                added.append(try await api.addCamera(member, name: "c\(index)").description)
            }
            var listed: [String] = []
            var uri = "/api/v1/cameras?limit=3"
            for _ in 0..<4 {
                let page = try await api.get(uri, member)
                for index in 0..<3 {
                    let id = page.string("items", "\(index)", "id")
                    if !id.isEmpty { listed.append(id) }
                }
                let next = page.string("next")
                if next.isEmpty { break }
                uri = "/api/v1/cameras?limit=3&cursor=\(next)"
            }
            #expect(listed == added)
        }
    }

    @Test func `a removed camera is gone from lists, once`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let id = try await api.addCamera(member)
            let removed = try await api.send(
                "DELETE",
                "/api/v1/cameras/\(id)",
                token: member.token
            )
            #expect(removed.status == 204)
            let again = try await api.send("DELETE", "/api/v1/cameras/\(id)", token: member.token)
            #expect(again.status == 404)
            #expect(try await api.get("/api/v1/cameras", member).value("items") == .array([]))
            let shown = try await api.get("/api/v1/cameras/\(id)", member)
            #expect(!shown.string("removed_at").isEmpty)
        }
    }

    @Test func `a stale ETag removes nothing`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let id = try await api.addCamera(member)
            let uri = "/api/v1/cameras/\(id)"
            for (tag, status) in [("\"999\"", 412), ("7", 400)] {
                let answer = try await api.send(
                    "DELETE",
                    uri,
                    token: member.token,
                    headers: [("If-Match", tag)]
                )
                #expect(answer.status == status)
            }
            let tag = try #require(try await api.get(uri, member).header("etag"))
            let answer = try await api.send(
                "DELETE",
                uri,
                token: member.token,
                headers: [("If-Match", tag)]
            )
            #expect(answer.status == 204)
        }
    }

    @Test func `a repeated request with one idempotency key adds one camera`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let key = [("Idempotency-Key", "k-1")]
            func post(_ body: String) async throws -> APIClient.Answer {
                try await api.send(
                    "POST",
                    "/api/v1/cameras",
                    token: member.token,
                    body: body,
                    headers: key
                )
            }
            let body = #"{"name":"Gate","url":"rtsp://a:b@10.0.0.1/"}"#
            let first = try await post(body)
            let second = try await post(body)
            #expect(first.status == 201 && second.status == 201)
            #expect(first.string("id") == second.string("id"))
            let other = try await post(#"{"name":"Gate","url":"rtsp://a:c@10.0.0.1/"}"#)
            #expect(other.status == 422)
            #expect(other.string("errors", "0", "field") == "Idempotency-Key")
            let page = try await api.get("/api/v1/cameras", member)
            #expect(page.string("items", "1", "id").isEmpty)
        }
    }
}
