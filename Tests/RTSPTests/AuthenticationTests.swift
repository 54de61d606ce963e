import Domain
import Testing

@testable import RTSP

@Suite struct AuthenticationTests {
    private static let credentials = CameraCredentials(user: "admin", password: "c4n4ry-pass")

    private static func digest(_ more: String) -> String {
        "WWW-Authenticate: Digest realm=\"cam\", nonce=\"abc\"\(more)"
    }

    private static func session(_ challenges: [[String]]) throws -> Session {
        var transcript = Transcript()
        for headers in challenges { transcript.reply("401 Unauthorized", headers) }
        transcript.reply("200 OK")
        var session = try Session(credentials: credentials)
        session.feed(transcript.bytes)
        return session
    }

    @Test func `the worked examples of RFC 7616 come out`() throws {
        let mufasa = CameraCredentials(user: "Mufasa", password: "Circle of Life")
        let expected: [(DigestAlgorithm, String)] = [
            (.md5, "8ca523f5e9506fed4657c9700eebdbec"),
            (.sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ]
        for (algorithm, response) in expected {
            let digest = AuthenticationChallenge.Digest(
                realm: "http-auth@example.org",
                nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
                algorithm: algorithm,
                isSession: false,
                hasQuality: true,
                isStale: false
            )
            let made = Authenticator.response(
                digest,
                mufasa,
                request: "GET:/dir/index.html",
                counter: "00000001",
                clientNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
            )
            #expect(made == response)
        }
    }

    @Test func `Digest is answered without qop, with qop and as a session`() throws {
        let plain = try Self.session([[Self.digest("")]])
        #expect(plain.methods == ["OPTIONS", "OPTIONS", "DESCRIBE"])
        #expect(plain.sent.contains("Authorization: Digest username=\"admin\", realm=\"cam\""))
        #expect(!plain.sent.contains("qop"))
        let quality = try Self.session([
            [Self.digest(", qop=\"auth-int, auth\", opaque=\"o\\\"p\"")]
        ])
        #expect(quality.sent.contains("qop=auth, nc=00000001"))
        #expect(quality.sent.contains("nc=00000002"))
        #expect(quality.sent.contains("opaque=\"o\\\"p\""))
        let session = try Self.session([[Self.digest(", algorithm=MD5-sess, qop=\"auth\"")]])
        #expect(session.sent.contains("algorithm=MD5-sess"))
        #expect(session.sent.contains("cnonce="))
    }

    @Test func `the best offer is taken and Basic only when there is no other`() throws {
        let basic = "WWW-Authenticate: Basic realm=\"cam\""
        let both = try Self.session([[basic, Self.digest("")]])
        #expect(!both.sent.contains("Authorization: Basic"))
        let hashes = try Self.session([
            [Self.digest(""), Self.digest(", algorithm=SHA-256"), basic]
        ])
        #expect(hashes.sent.contains("algorithm=SHA-256"))
        let only = try Self.session([[basic]])
        #expect(only.sent.contains("Authorization: Basic YWRtaW46YzRuNHJ5LXBhc3M=\r\n"))
        let unknown = try Self.session([
            ["WWW-Authenticate: Negotiate", Self.digest(", algorithm=X")]
        ])
        #expect(unknown.failure?.code == .authentication)
    }

    @Test func `wrong credentials are tried once and a stale nonce once more`() throws {
        let wrong = try Self.session([[Self.digest("")], [Self.digest("")]])
        #expect(wrong.failure?.code == .authentication)
        #expect(wrong.failure?.isRetryable == false)
        #expect(wrong.methods == ["OPTIONS", "OPTIONS"])
        let stale = try Self.session([[Self.digest("")], [Self.digest(", stale=TRUE")]])
        #expect(stale.methods == ["OPTIONS", "OPTIONS", "OPTIONS", "DESCRIBE"])
        let always = try Self.session(
            [[Self.digest("")]] + Array(repeating: [Self.digest(", stale=true")], count: 5)
        )
        #expect(always.failure?.code == .authentication)
        #expect(always.methods.count == 3)
    }

    @Test func `a nonce that changed between requests is used`() throws {
        var transcript = Transcript()
        transcript.reply("401 Unauthorized", [Self.digest("")])
        transcript.reply("200 OK")
        transcript.reply(
            "401 Unauthorized",
            ["WWW-Authenticate: Digest realm=\"cam\", nonce=\"new\""]
        )
        transcript.reply("404 Not Found")
        var session = try Session(credentials: Self.credentials)
        session.feed(transcript.bytes)
        #expect(session.failure?.code == .notFound)
        #expect(session.sent.contains("nonce=\"new\""))
    }

    @Test func `Digest is never given up for Basic`() throws {
        let session = try Self.session([[Self.digest("")], ["WWW-Authenticate: Basic realm=x"]])
        #expect(session.failure?.code == .authentication)
        #expect(!session.sent.contains("Authorization: Basic"))
    }

    @Test func `without credentials a 401 fails at once`() throws {
        var transcript = Transcript()
        transcript.reply("401 Unauthorized", [Self.digest("")])
        let session = try Session.playing(transcript)
        #expect(session.failure?.code == .authentication)
        #expect(session.methods == ["OPTIONS"])
    }

    @Test func `no error, event or Digest header shows the password`() throws {
        let outcomes = [
            try Self.session([[Self.digest("")], [Self.digest("")]]),
            try Self.session([[Self.digest(", qop=auth")]]),
        ]
        for session in outcomes {
            #expect(!session.sent.contains("c4n4ry"))
            #expect(
                !session.events.contains { "\($0)\(String(reflecting: $0))".contains("c4n4ry") }
            )
            #expect(!String(reflecting: session.client.configuration).contains("c4n4ry"))
        }
    }

    @Test func `a user name cannot break out of its header`() throws {
        var transcript = Transcript()
        transcript.reply("401 Unauthorized", [Self.digest("")])
        var session = try Session(
            credentials: CameraCredentials(user: "a\r\nX: y", password: "p")
        )
        session.feed(transcript.bytes)
        #expect(session.failure?.code == .authentication)
        #expect(!session.sent.contains("X: y"))
    }
}
