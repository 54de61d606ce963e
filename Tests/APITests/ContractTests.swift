import API
import Testing

/// The router and `openapi.yaml` say the same, in both directions.
struct ContractTests {
    @Test func `every route is described and every description has a route`() async throws {
        let bed = try await TestBed.shared()
        let routes = Set(
            bed.routes.map {
                $0.replacing("/media/object/**", with: "/media/object/{key}")
            }
        )
        #expect(routes == (try Specification.shared().operations))
    }

    @Test func `moments in answers have milliseconds, as the description says`() async throws {
        let bed = try await TestBed.shared()
        let member = try await IsolationWorld.organisation(bed).member
        let lists = [
            "me", "organisation", "cameras", "users", "alerts", "events", "audit", "tenants",
            "visits", "sites", "webhooks", "holds", "api-keys", "roles", "sessions",
            "identity-providers",
        ]
        try await bed.run { api in
            var moments = 0
            for list in lists {
                let answer = try await api.get("/api/v1/\(list)", member)
                #expect(answer.status == 200, "\(list)")
                for match in answer.text.matches(of: /T\d\d:\d\d:\d\d(\.\d+)?Z/) {
                    moments += 1
                    #expect(match.output.1?.count == 4, "\(list) \(match.output.0)")
                }
            }
            #expect(moments > 30)
        }
    }

    @Test func `no reference of the description leads nowhere`() throws {
        #expect(try Specification.shared().brokenReferences() == [])
    }

    @Test func `the file describes all kinds of problems`() throws {
        let specification = try Specification.shared()
        let schema = specification.resolve(["$ref": "#/components/schemas/ProblemType"])
        let types = Set(schema["enum"] as? [String] ?? [])
        #expect(types == Set(ProblemKind.allCases.map(\.type)))
    }

    @Test func `the description is served as it is`() async throws {
        let bed = try await TestBed.shared()
        try await bed.run { api in
            let answer = try await api.get("/api/v1/openapi.yaml")
            #expect(answer.status == 200)
            #expect(answer.bytes == (try APIRouter.description()))
        }
    }

    @Test func `health, metrics and unknown paths answer without a token`() async throws {
        let bed = try await TestBed.shared()
        try await bed.run { api in
            #expect(try await api.get("/health").text == #"{"status":"ok"}"#)
            let health = try await api.get("/api/v1/health")
            #expect(health.status == 200)
            #expect(health.string("database", "status") == "ok")
            #expect(try await api.get("/nothing/here").status == 404)
            let metrics = try await api.get("/metrics")
            #expect(metrics.text.contains("http_request_duration_seconds_bucket{"))
            #expect(metrics.text.contains(#"route="/api/v1/health""#))
            #expect(!metrics.text.contains("nothing"))
            let head = try await api.send("HEAD", "/health")
            #expect(head.status == 200 && head.bytes.isEmpty)
        }
    }

    @Test func `another method is refused with the ones that work`() async throws {
        let bed = try await TestBed.shared()
        try await bed.run { api in
            let answer = try await api.send("PUT", "/api/v1/cameras")
            #expect(answer.status == 405)
            #expect(answer.header("allow") == "GET, HEAD, POST")
        }
    }
}
