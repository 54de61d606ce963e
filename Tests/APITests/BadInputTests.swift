import API
import Domain
import Testing

/// Wrong bodies, queries and headers: each names the field, what is wrong and an example, and
/// changes nothing.
struct BadInputTests {
    /// Body of POST /cameras, the field that is named, and a part of what is said.
    private static let bodies: [(body: String, field: String, says: String)] = [
        ("", "body", "not JSON"),
        ("[]", "body", "must be an object"),
        (#"{"name":"a""#, "body", "not JSON"),
        (#"{"name":"a","name":"b"}"#, "body", "given twice"),
        (String(repeating: "[", count: 40), "body", "nested deeper"),
        (#"{"url":"rtsp://10.0.0.1/"}"#, "name", "missing"),
        (#"{"name":"","url":"rtsp://10.0.0.1/"}"#, "name", "empty"),
        (#"{"name":7,"url":"rtsp://10.0.0.1/"}"#, "name", "must be a string"),
        (#"{"name":"a\u0000b","url":"rtsp://10.0.0.1/"}"#, "name", "control"),
        (
            "{\"name\":\"" + String(repeating: "n", count: 201)
                + "\",\"url\":\"rtsp://10.0.0.1/\"}", "name", "longer"
        ),
        (#"{"name":"a"}"#, "url", "missing"),
        (#"{"name":"a","url":"10.0.0.1"}"#, "url", "scheme"),
        (#"{"name":"a","url":"http://10.0.0.1/"}"#, "url", "not supported"),
        (#"{"name":"a","url":"rtsp://10.0.0.1:0/"}"#, "url", "port"),
        (#"{"name":"a","url":"rtsp://10.0.0.1:99999/"}"#, "url", "port"),
        (#"{"name":"a","url":"rtsp://canary%zz:canary@10.0.0.1/"}"#, "url", "escape"),
        (#"{"name":"a","url":"rtsp://:canary@10.0.0.1/"}"#, "url", "user name"),
        (#"{"name":"a","url":"rtsp:///x"}"#, "url", "host"),
        (#"{"name":"a","url":"rtsp://10.0.0.1/a b"}"#, "url", "spaces"),
        (#"{"name":"a","url":"rtsp://u:canary@169.254.169.254/"}"#, "url", "outside"),
        (#"{"name":"a","url":"rtsp://8.8.8.8/"}"#, "url", "outside"),
        (#"{"name":"a","url":"rtsp://[::ffff:8.8.8.8]/"}"#, "url", "outside"),
        (#"{"name":"a","url":"rtsp://10.0.0.1/","site_id":"x"}"#, "site_id", "UUID"),
        (
            #"{"name":"a","url":"rtsp://10.0.0.1/","site_id":"0b7e4d1c-6f0a-4d39-9d0e-2f6d3f1c5a77"}"#,
            "site_id", "no such"
        ),
        (#"{"name":"a","url":"rtsp://10.0.0.1/","transport":"udp"}"#, "transport", "one of"),
        (
            #"{"name":"a","url":"rtsp://10.0.0.1/","retention_days":0}"#, "retention_days",
            "whole number"
        ),
        (
            #"{"name":"a","url":"rtsp://10.0.0.1/","retention_days":1.5}"#, "retention_days",
            "whole number"
        ),
        (
            #"{"name":"a","url":"rtsp://10.0.0.1/","retenton_days":9}"#, "retenton_days",
            "not a member"
        ),
        (
            #"{"name":"a","url":"rtsp://10.0.0.1/","streams":[{"role":"main","url":"rtsp://10.0.0.1/"}]}"#,
            "url", "not both"
        ),
        (#"{"name":"a","streams":[]}"#, "streams", "array of 1 to 2"),
        (#"{"name":"a","streams":[{"role":"sub","url":"rtsp://10.0.0.1/"}]}"#, "streams", "main"),
        (
            #"{"name":"a","streams":[{"role":"main","url":"rtsp://10.0.0.1/"},{"role":"main","url":"rtsp://10.0.0.1/"}]}"#,
            "streams[1].role", "two streams"
        ),
        (
            #"{"name":"a","streams":[{"role":"main","url":"rtsp://10.0.0.1:x/"}]}"#,
            "streams[0].url", "port"
        ),
        (#"{"name":"a","streams":[{"url":"rtsp://10.0.0.1/"}]}"#, "streams[0].role", "missing"),
    ]

    private static func expect(
        _ answer: APIClient.Answer,
        _ field: String,
        _ says: String,
        _ what: String
    ) {
        #expect(answer.status == 400, "\(what)")
        #expect(answer.string("errors", "0", "field") == field, "\(what): \(answer.text)")
        #expect(answer.string("errors", "0", "problem").contains(says), "\(what): \(answer.text)")
        #expect(!answer.string("errors", "0", "example").isEmpty)
        #expect(!answer.text.contains("canary"))
    }

    @Test func `a wrong camera is refused field by field and nothing is added`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            for (body, field, says) in Self.bodies {
                let answer = try await api.post("/api/v1/cameras", member, body)
                Self.expect(answer, field, says, body)
            }
            #expect(try await api.get("/api/v1/cameras", member).value("items") == .array([]))
        }
    }

    @Test func `all wrong fields are named at once`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let answer = try await api.post(
                "/api/v1/cameras",
                member,
                #"{"name":"","url":"x","retention_days":"7","colour":"red"}"#
            )
            let fields = (0..<4).map { answer.string("errors", "\($0)", "field") }
            #expect(Set(fields) == ["name", "url", "retention_days", "colour"])
        }
    }

    @Test func `bodies that are too large or no JSON are refused`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let large = "{\"name\":\"" + String(repeating: "x", count: 70_000) + "\"}"
            #expect(try await api.post("/api/v1/cameras", member, large).status == 413)
            let text = try await api.send(
                "POST",
                "/api/v1/cameras",
                token: member.token,
                body: "name=a",
                headers: [("Content-Type", "application/x-www-form-urlencoded")]
            )
            #expect(text.status == 415)
        }
    }

    private static let queries: [(uri: String, field: String, says: String)] = [
        ("/api/v1/cameras?limit=0", "limit", "whole number"),
        ("/api/v1/cameras?limit=501", "limit", "whole number"),
        ("/api/v1/cameras?limit=ten", "limit", "whole number"),
        ("/api/v1/cameras?cursor=x", "cursor", "not a cursor"),
        ("/api/v1/cameras?cursor=AQAAAAAAAAAA", "cursor", "not a cursor"),
        ("/api/v1/cameras?limit=1&limit=2", "limit", "twice"),
        ("/api/v1/cameras?cursor=%zz", "query", "escape"),
        ("/api/v1/cameras/ID/health?stream=third", "stream", "one of"),
        ("/api/v1/cameras/ID/timeline", "from", "missing"),
        ("/api/v1/cameras/ID/timeline?stream=sub&from=1&to=2", "stream", "no such stream"),
    ]

    /// Ranges that every route with a range refuses.
    private static let ranges: [(query: String, field: String, says: String)] = [
        ("from=yesterday&to=2026-01-01T00:00:00Z", "from", "RFC 3339"),
        ("from=2026-01-01T00:00:00&to=2026-01-01T01:00:00Z", "from", "zone"),
        ("from=2026-01-01T00:00:00Z&to=2026-02-30T00:00:00Z", "to", "RFC 3339"),
        ("from=2026-01-01T01:00:00Z&to=2026-01-01T01:00:00Z", "from", "before to"),
        ("from=2026-01-02T01:00:00Z&to=2026-01-01T01:00:00Z", "from", "before to"),
        ("from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:01Z", "to", "24 hours"),
        ("from=1970-01-01T00:00:00Z&to=1970-01-01T01:00:00Z", "from", "between"),
        ("from=2026-01-01T00:00:00Z&to=9999-01-01T01:00:00Z", "to", "between"),
        ("from=1766000000&to=1766003600", "from", "RFC 3339"),
        ("to=2026-01-01T00:00:00Z", "from", "missing"),
        ("from=2026-01-01T00:00:00Z", "to", "missing"),
    ]

    @Test func `a wrong query is refused with the item's name`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let id = try await api.addCamera(member)
            for (uri, field, says) in Self.queries {
                let answer = try await api.get(uri.replacing("ID", with: "\(id)"), member)
                Self.expect(answer, field, says, uri)
            }
            for (query, field, says) in Self.ranges {
                for path in [
                    "/api/v1/cameras/\(id)/timeline", "/api/v1/cameras/\(id)/playback",
                    "/hls/\(id)/archive.m3u8",
                ] {
                    let answer = try await api.get("\(path)?\(query)", member)
                    Self.expect(answer, field, says, "\(path)?\(query)")
                }
            }
        }
    }

    @Test func `an id that is none is a missing thing`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            for id in ["x", "..", "%2e%2e", "0", "00000000-0000-0000-0000-00000000000g"] {
                let answer = try await api.get("/api/v1/cameras/\(id)", member)
                #expect(answer.status == 404)
            }
        }
    }
}
