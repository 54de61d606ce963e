import Domain
import Keys
import TestSupport
import Testing

@Suite struct MediaSignerTests {
    private let now = WallTime(seconds: 1_800_000_000)
    private let path = "/media/live/t1/cam1/main/r1-3-9/2.m4s"

    private func signer() throws -> MediaSigner {
        try MediaSigner(key: exampleKey, keyID: "m1")
    }

    @Test func `a signed path verifies until the end of its bucket`() throws {
        let signer = try signer()
        let query = signer.query(path: path, expires: now.adding(milliseconds: 1))
        #expect(query.hasPrefix("k=m1&e=1800000300&s="))
        #expect(query.utf8.count < 80)
        #expect(signer.verify(path: path, query: query, now: now))
        let end = WallTime(seconds: 1_800_000_300)
        #expect(
            signer.verify(
                path: path,
                query: query,
                now: WallTime(microseconds: end.microseconds - 1)
            )
        )
        #expect(!signer.verify(path: path, query: query, now: end))
        #expect(
            signer.signed(path, expires: now) == path + "?" + signer.query(path: path, expires: now)
        )
    }

    @Test func `all moments of one bucket give one URI`() throws {
        let signer = try signer()
        let queries = Set(
            (1...300).map {
                signer.query(path: path, expires: now.adding(milliseconds: $0 * 1_000))
            }
        )
        #expect(queries.count == 1)
        #expect(
            signer.query(path: path, expires: now.adding(milliseconds: 300_001)) != queries.first
        )
    }

    @Test(arguments: [
        "/media/live/../x.m4s", "/media//live/x", "/media/live/%2e%2e/x", "/media/live/x%00",
        "/media/./x", "/media/", "/media/live/", "/media/a b", "/media/a\\b", "/media/a?b",
        "/media/ä", "/medias/x", "media/x", "/api/x", "", "/media/a;b", "/media/..",
        "/media/" + String(repeating: "a", count: 600),
    ])
    func `a path in another spelling is refused, even when signed`(path: String) throws {
        let signer = try signer()
        #expect(!MediaPath.isCanonical(path))
        let query = signer.query(path: path, expires: now.adding(milliseconds: 1))
        #expect(!signer.verify(path: path, query: query, now: now))
    }

    @Test func `items must stand once, others are ignored`() throws {
        let signer = try signer()
        let query = signer.query(path: path, expires: now.adding(milliseconds: 1))
        #expect(signer.verify(path: path, query: "x=1&\(query)&_HLS_msn=3", now: now))
        for wrong in ["\(query)&k=m1", "e=1800000300&\(query)", "\(query)&s=", "", "k=m1", "&&=&"] {
            #expect(!signer.verify(path: path, query: wrong, now: now), "\(wrong)")
        }
        let plus = query.split(separator: "&").map { $0.hasPrefix("e=") ? "e=+1800000300" : $0 }
        #expect(!signer.verify(path: path, query: plus.joined(separator: "&"), now: now))
    }

    @Test func `another key or another key id does not verify`() throws {
        let query = try signer().query(path: path, expires: now.adding(milliseconds: 1))
        let others = [
            try MediaSigner(key: exampleKey.reversed(), keyID: "m1"),
            try MediaSigner(key: exampleKey, keyID: "m2"),
        ]
        for other in others {
            #expect(!other.verify(path: path, query: query, now: now))
        }
        for wrong in ["", "a b", "a&b", String(repeating: "k", count: 33)] {
            #expect(throws: KeysError.self) { try MediaSigner(key: exampleKey, keyID: wrong) }
        }
        #expect(throws: KeysError.self) { try MediaSigner(key: [1], keyID: "m1") }
    }

    /// Each mutation changes the path, the query or the time of a good request in one way that
    /// somebody would try; none may pass, and the unchanged request always does.
    @Test func `of 10,000 mutations none verifies`() throws {
        let signer = try signer()
        let seed = UInt64.random(in: .min ... .max)
        print("media signature mutations: seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<10_000 {
            let good = randomPath(&random)
            let query = signer.query(path: good, expires: now.adding(milliseconds: 60_000))
            var request = Request(path: good, query: query, now: now)
            #expect(signer.verify(path: request.path, query: request.query, now: request.now))
            let kind = Int.random(in: 0..<12, using: &random)
            mutate(&request, kind, &random)
            guard request != Request(path: good, query: query, now: now) else {
                Issue.record("mutation \(kind) changed nothing: \(good)?\(query)")
                continue
            }
            #expect(
                !signer.verify(path: request.path, query: request.query, now: request.now),
                "mutation \(kind): \(request)"
            )
        }
    }

    private struct Request: Equatable {
        var path: String
        var query: String
        var now: WallTime
    }

    private func randomPath(_ random: inout SeededRandom) -> String {
        let camera = "cam\(Int.random(in: 1...9, using: &random))"
        return "/media/live/t1/\(camera)/main/r-\(Int.random(in: 1...9, using: &random))-1/0.m4s"
    }

    private func mutate(_ request: inout Request, _ kind: Int, _ random: inout SeededRandom) {
        var parts = request.path.split(separator: "/", omittingEmptySubsequences: false)
            .map(String.init)
        switch kind {
        case 0: parts[4] = parts[4] == "cam1" ? "cam2" : "cam1"  // another camera
        case 1: parts[4] += "0"  // cam1 signed, cam10 asked
        case 2: parts[4].removeLast()
        case 3: parts[3] = "t2"
        case 4: parts[4] = "../\(parts[4])"
        case 5: parts[6] = "%72" + parts[6].dropFirst()
        case 6: parts.insert("", at: Int.random(in: 2..<parts.count, using: &random))
        case 7: request.now = request.now.adding(milliseconds: 600_000)
        case 8: request.query.removeLast(Int.random(in: 1...32, using: &random))
        case 9: request.query += "A"
        case 10: flip(&request.query, &random)
        default:
            request.query = request.query.split(separator: "&").map {
                $0.hasPrefix("e=") ? "e=1900000200" : String($0)
            }.joined(separator: "&")
        }
        request.path = parts.joined(separator: "/")
    }

    private func flip(_ query: inout String, _ random: inout SeededRandom) {
        var bytes = Array(query.utf8)
        let index = Int.random(in: bytes.indices, using: &random)
        bytes[index] = bytes[index] == 65 ? 66 : 65
        query = String(decoding: bytes, as: UTF8.self)
    }
}

@Suite struct ConstantTimeTests {
    @Test func `equal means equal`() {
        #expect(ConstantTime.equal("token", "token"))
        for other in ["", "toke", "tokens", "Token", "tokem"] {
            #expect(!ConstantTime.equal("token", other))
        }
        #expect(ConstantTime.equal([UInt8](), []))
        #expect(!ConstantTime.equal([1, 2], [1, 3]))
        #expect(!ConstantTime.equal([1, 2], [1]))
    }
}
