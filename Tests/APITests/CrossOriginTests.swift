import API
import Domain
import HTTPTypes
import Testing

/// Pages of other origins, and the headers that every answer has.
struct CrossOriginTests {
    private static let console = "https://console.example.com"

    private func send(
        _ api: APIClient,
        _ method: String,
        origin: String?,
        asking wanted: String? = nil,
        path: String = "/health"
    ) async throws -> APIClient.Answer {
        var headers: [(String, String)] = []
        if let origin { headers.append(("Origin", origin)) }
        if let wanted { headers.append(("Access-Control-Request-Method", wanted)) }
        return try await api.send(method, path, headers: headers)
    }

    @Test func `only pages of listed origins may read, and caches keep them apart`() async throws {
        let bed = try await TestBed.shared().variant {
            $0.crossOrigin = .listed([Self.console, "http://wall:8080"])
        }
        try await bed.run { api in
            for origin in [Self.console, "http://wall:8080"] {
                let answer = try await send(api, "GET", origin: origin)
                #expect(answer.status == 200)
                #expect(answer.header("access-control-allow-origin") == origin)
                #expect(answer.header("access-control-expose-headers")?.contains("ETag") == true)
                let preflight = try await send(api, "OPTIONS", origin: origin, asking: "PATCH")
                #expect(preflight.status == 204 && preflight.bytes.isEmpty)
                #expect(preflight.header("access-control-allow-origin") == origin)
                let methods = preflight.header("access-control-allow-methods") ?? ""
                #expect(methods == "GET, HEAD, POST, PUT, PATCH, DELETE")
                let names = preflight.header("access-control-allow-headers") ?? ""
                #expect(names.contains("Authorization") && names.contains("Idempotency-Key"))
                #expect(
                    preflight.header("vary")
                        == "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
                )
            }
            let strangers = [
                nil, "null", "https://console.example.com.evil.example", "https://evil.example",
                "http://console.example.com", "https://console.example.com:444", "*",
                "https://CONSOLE.example.com", "https://console.example.com/", "",
            ]
            for origin in strangers {
                for method in ["GET", "OPTIONS"] {
                    let asking = method == "OPTIONS" ? "GET" : nil
                    let answer = try await send(api, method, origin: origin, asking: asking)
                    #expect(answer.status == (method == "GET" ? 200 : 405))
                    #expect(!Self.shares(answer), "\(origin ?? "none")")
                    #expect(answer.header("vary")?.hasPrefix("Origin") == true)
                }
            }
            // Errors are for the page too.
            let problem = try await send(
                api,
                "GET",
                origin: Self.console,
                path: "/api/v1/me"
            )
            #expect(problem.status == 401)
            #expect(problem.header("access-control-allow-origin") == Self.console)
            // OPTIONS without a question is no preflight.
            #expect(try await send(api, "OPTIONS", origin: Self.console).status == 405)
        }
    }

    /// Whether anything of the protocol is in an answer.
    private static func shares(_ answer: APIClient.Answer) -> Bool {
        answer.headers.contains { $0.name.canonicalName.hasPrefix("access-control-") }
    }

    @Test func `all origins in development, none by default, and credentials never`() async throws {
        let open = try await TestBed.shared().variant { $0.crossOrigin = .any }
        try await open.run { api in
            for origin in ["https://a.example", "null"] {
                let answer = try await send(api, "GET", origin: origin)
                #expect(answer.header("access-control-allow-origin") == "*")
                #expect(answer.header("access-control-allow-credentials") == nil)
                #expect(answer.header("vary") == nil)
                let preflight = try await send(api, "OPTIONS", origin: origin, asking: "POST")
                #expect(preflight.status == 204)
                #expect(preflight.header("access-control-allow-credentials") == nil)
            }
            #expect(!Self.shares(try await send(api, "GET", origin: nil)))
        }
        try await TestBed.shared().run { api in
            for method in ["GET", "OPTIONS"] {
                let answer = try await send(api, method, origin: Self.console, asking: "GET")
                #expect(!Self.shares(answer))
            }
        }
    }

    @Test func `every kind of answer has the headers that keep browsers safe`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let production = try bed.variant { $0.isDevelopment = false }
        for bed in [bed, production] {
            let isDevelopment = bed.services.isDevelopment
            try await bed.run { api in
                let answers = [
                    try await api.get("/health"), try await api.get("/api/v1/openapi.yaml"),
                    try await api.get("/metrics"), try await api.get("/nothing/here"),
                    try await api.get("/api/v1/me"), try await api.get("/api/v1/me", member),
                    try await api.post("/api/v1/sites", member, "{}"),
                    try await api.post("/api/v1/sites", member, #"{"name":"Site"}"#),
                    try await api.send("PUT", "/api/v1/cameras"),
                    try await api.send("OPTIONS", "/api/v1/cameras"),
                    try await api.get("/media/gap.m4s"),
                    try await api.get("/hls/\(CameraID())/live.m3u8", member),
                    try await api.send("HEAD", "/health"),
                ]
                #expect(Set(answers.map(\.status)).count >= 6)
                for answer in answers {
                    let expected = [
                        "x-content-type-options": "nosniff", "x-frame-options": "DENY",
                        "referrer-policy": "no-referrer",
                        "cross-origin-opener-policy": "same-origin",
                    ]
                    for (name, value) in expected {
                        #expect(answer.header(name) == value, "\(name) of \(answer.status)")
                    }
                    let policy = answer.header("content-security-policy") ?? ""
                    #expect(policy.contains("default-src 'none'"))
                    #expect(policy.contains("frame-ancestors 'none'"))
                    #expect(answer.header("permissions-policy")?.contains("camera=()") == true)
                    #expect(answer.header("cross-origin-resource-policy") != nil)
                    let strict = answer.header("strict-transport-security")
                    #expect((strict == nil) == isDevelopment)
                    #expect(answer.header("set-cookie") == nil && answer.header("server") == nil)
                }
                let shared = answers.map { $0.header("cross-origin-resource-policy") ?? "" }
                #expect(shared.filter { $0 == "cross-origin" }.count == 2)
            }
        }
    }
}
