import API
import Catalog
import Domain
import Keys
import Testing

/// Webhooks over HTTP.
struct WebhookRouteTests {
    @Test func `the secret is shown once, and is in the database encrypted only`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let created = try await api.post(
                "/api/v1/webhooks",
                member,
                #"{"url":"https://hooks.example.com/x?y=1","events":["alert.opened"]}"#
            )
            #expect(created.status == 201, "\(created.text)")
            let secret = created.string("secret")
            #expect(WebhookSecret(secret) != nil)
            let id = created.string("id")
            #expect(created.header("location") == "/api/v1/webhooks/\(id)")
            let shown = try await api.get("/api/v1/webhooks/\(id)", member)
            #expect(shown.string("url") == "https://hooks.example.com/x?y=1")
            #expect(shown.string("events", "0") == "alert.opened")
            let list = try await api.get("/api/v1/webhooks", member)
            for answer in [shown, list] { #expect(!answer.text.contains("whsec_")) }
            let test = try await api.post("/api/v1/webhooks/\(id)/test", member, "")
            #expect(test.status == 202)
            let log = try await api.get("/api/v1/webhooks/\(id)/deliveries", member)
            #expect(log.string("items", "0", "event_id") == test.string("event_id"))
            #expect(log.string("items", "0", "state") == "pending")
            let off = try await api.send(
                "PATCH",
                "/api/v1/webhooks/\(id)",
                token: member.token,
                body: #"{"enabled":false}"#
            )
            #expect(off.status == 200 && off.value("enabled") == .bool(false))
            #expect(try await api.post("/api/v1/webhooks/\(id)/test", member, "").status == 409)
            let other = try await bed.member()
            let path = "/api/v1/webhooks/\(id)"
            #expect(try await api.get(path, other).status == 404)
            #expect(try await api.send("DELETE", path, token: other.token).status == 404)
            #expect(try await api.send("DELETE", path, token: member.token).status == 204)
            #expect(try await api.get(path, member).status == 404)
        }
    }

    @Test(arguments: [
        "http://example.com/", "ftp://example.com/", "https://", "https:///x", "example.com",
        "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/",
        "https://0x7f.1/", "https://0177.0.0.1/", "https://localhost/", "https://a.localhost:8/",
        "https://LOCALHOST/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/", "https://[::]/", "https://0.0.0.0/", "https://0/",
        "https://169.254.169.254/latest/meta-data", "https://[fd00:ec2::254]/",
        "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/",
        "https://[fc00::1]/", "https://[fe80::1]/", "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/", "https://[2001:db8::1]/", "https://198.51.100.1/",
        "https://224.0.0.1/", "https://255.255.255.255/", "https://[::1/", "https://[x]/",
        "https://user:password@example.com/", "https://example.com@127.0.0.1/",
        "https://example.com/#x", "https://exa mple.com/", "https://example.com:0/",
        "https://example.com:99999/", "https://example.com\\\\@127.0.0.1/",
        "https://1.2.3.4.5/", "https://exämple.com/", "https://example.com./",
    ])
    func `a URL that leads inside, or is none, is refused`(_ url: String) async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let answer = try await api.post("/api/v1/webhooks", member, #"{"url":"\#(url)"}"#)
            #expect(answer.status == 400, "\(url): \(answer.text)")
            #expect(answer.string("errors", "0", "field") == "url")
        }
    }

    @Test func `a listed network is open, and http with it, but nothing beside it`() async throws {
        let networks = AddressPolicy.parse("10.1.0.0/16,127.0.0.1").policy
        let bed = try await TestBed.shared().variant { $0.webhookNetworks = networks }
        let member = try await bed.member()
        try await bed.run { api in
            let wanted = [
                "http://10.1.2.3:8080/x": 201, "http://127.0.0.1/": 201,
                "https://[::ffff:10.1.0.1]/": 201, "https://8.8.8.8/": 201,
                "https://[2600::1]:8443/": 201, "http://10.2.0.1/": 400,
                "http://127.0.0.2/": 400, "http://169.254.169.254/": 400,
            ]
            for (url, status) in wanted {
                let answer = try await api.post(
                    "/api/v1/webhooks",
                    member,
                    #"{"url":"\#(url)"}"#
                )
                #expect(answer.status == status, "\(url): \(answer.text)")
            }
        }
    }

    @Test func `wrong bodies name every member, and the number is limited`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let answer = try await api.post(
                "/api/v1/webhooks",
                member,
                #"{"events":["nothing"],"enabled":1,"secret":"x"}"#
            )
            #expect(answer.status == 400)
            for field in ["url", "events", "enabled", "secret"] {
                #expect(answer.text.contains(#""field":"\#(field)""#), "\(answer.text)")
            }
            let body = #"{"url":"https://example.com/"}"#
            for _ in 0..<Webhook.countLimit {
                #expect(try await api.post("/api/v1/webhooks", member, body).status == 201)
            }
            #expect(try await api.post("/api/v1/webhooks", member, body).status == 409)
        }
    }
}
