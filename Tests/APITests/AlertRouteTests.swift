import API
import Catalog
import Domain
import Testing

/// Alerts and events over HTTP.
struct AlertRouteTests {
    @Test func `alerts are listed, acknowledged and resolved, each step once`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            for name in ["One", "Two", "Three"] {
                try await bed.raiseAlert(member.tenant, try await api.addCamera(member, name: name))
            }
            let first = try await api.get("/api/v1/alerts?limit=2", member)
            #expect(first.status == 200)
            #expect(first.string("items", "0", "state") == "open")
            let next = first.string("next")
            let second = try await api.get("/api/v1/alerts?limit=2&cursor=\(next)", member)
            #expect(second.string("next").isEmpty)
            let id = second.string("items", "0", "id")
            #expect(second.string("items", "1", "id").isEmpty)
            let path = "/api/v1/alerts/\(id)"
            let seen = try await api.post(path + "/acknowledge", member, "")
            #expect(seen.status == 200)
            #expect(seen.string("state") == "acknowledged")
            #expect(seen.string("acknowledged_by") == "\(member.user)")
            let repeated = try await api.post(path + "/acknowledge", member, "")
            #expect(repeated.text == seen.text)
            let closed = try await api.post(path + "/resolve", member, "")
            #expect(closed.string("state") == "resolved")
            #expect(closed.string("resolved_by") == "\(member.user)")
            #expect(try await api.get(path, member).text == closed.text)
            #expect(try await api.post(path + "/resolve", member, "").text == closed.text)
            let open = try await api.get("/api/v1/alerts?state=unresolved", member)
            #expect(!open.text.contains(id))
            let events = try await api.get("/api/v1/events?limit=3", member)
            #expect(events.string("items", "0", "data", "camera_name") == "One")
            let later = try await api.get(
                "/api/v1/events?cursor=\(events.string("next"))",
                member
            )
            #expect(later.string("items", "0", "type") == "alert.acknowledged")
            #expect(later.string("items", "1", "type") == "alert.resolved")
            #expect(later.string("items", "2", "type").isEmpty)
            let end = try await api.get("/api/v1/events?cursor=\(later.string("next"))", member)
            #expect(end.string("next") == later.string("next"))
        }
    }

    @Test func `a foreign alert is as one that does not exist, and wrong cursors are refused`()
        async throws
    {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let other = try await bed.member()
        try await bed.run { api in
            try await bed.raiseAlert(owner.tenant, try await api.addCamera(owner))
            let id = try await api.get("/api/v1/alerts", owner).string("items", "0", "id")
            let missing = try await api.get("/api/v1/alerts/\(AlertID())", other)
            #expect(missing.status == 404)
            #expect(try await api.get("/api/v1/alerts/\(id)", other).text == missing.text)
            for step in ["acknowledge", "resolve"] {
                let answer = try await api.post("/api/v1/alerts/\(id)/\(step)", other, "")
                #expect(answer.status == 404 && answer.text == missing.text)
            }
            #expect(try await api.get("/api/v1/alerts", other).string("items", "0").isEmpty)
            #expect(try await api.get("/api/v1/events", other).string("items", "0").isEmpty)
            for path in ["alerts", "events"] {
                let answer = try await api.get("/api/v1/\(path)?cursor=AQAG", owner)
                #expect(answer.status == 400)
            }
            #expect(try await api.get("/api/v1/alerts?state=new", owner).status == 400)
        }
    }
}
