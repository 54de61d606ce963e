import Domain
import Foundation
import Testing
import Transfer

@testable import ObjectStore

@Suite struct S3DocumentTests {
    private static let list = """
        <?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>
        <IsTruncated>true</IsTruncated><Contents><Key>a%2Fb&amp;c</Key><Size>3</Size></Contents>
        <Contents><Key>&#x64;&#101;</Key><Owner/></Contents></ListBucketResult>

        """

    @Test func `a document is read with its entities, and its namespace is no matter`() throws {
        let root = try #require(S3XML.parse(Array(Self.list.utf8)))
        #expect(root.name == "ListBucketResult")
        #expect(root["IsTruncated"] == "true")
        let keys = root.children.filter { $0.name == "Contents" }.map { $0["Key"] }
        #expect(keys == ["a%2Fb&c", "de"])
        #expect(S3XML.escape("<a&b>") == "&lt;a&amp;b&gt;")
    }

    @Test(arguments: [
        "", "text", "<a>", "</a>", "<a></b>", "<a/><b/>", "<a>&unknown;</a>", "<a>&amp</a>", "<>",
        "<a><!-- x --></a>", "<!DOCTYPE a><a/>", "<a>", "<a b", "<a/>x", "<a>&#xD800;</a>",
        String(repeating: "<a>", count: 100_000),
    ])
    func `anything else is unreadable`(text: String) {
        #expect(S3XML.parse(Array(text.utf8)) == nil)
    }

    @Test func `no change of a document ends in a trap`() {
        let seed = UInt64.random(in: 0 ... .max)
        print("S3 documents: seed \(seed)")
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(truncatingIfNeeded: state >> 33) % bound
        }
        let original = Array(Self.list.utf8)
        let tokens = ["<", ">", "&", ";", "/", "?", "\"", "<a>", "</", "&#", "\u{0}"].map {
            Array($0.utf8)
        }
        for _ in 0..<20_000 {
            var bytes = original
            for _ in 0...next(4) where !bytes.isEmpty {
                let place = next(bytes.count)
                switch next(4) {
                case 0: bytes[place] = UInt8(next(256))
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(contentsOf: tokens[next(tokens.count)], at: place)
                default: bytes.removeSubrange(place...)
                }
            }
            _ = S3XML.parse(bytes)
        }
    }

    @Test func `an endpoint names the bucket in the path, AWS in the host unless it has dots`() {
        let own = S3Endpoint(url: "https://RGW.example.org:443/")
        #expect(own?.host == "rgw.example.org" && own?.isSecure == true)
        #expect(own?.path(bucket: "b", key: "k") == "/b/k")
        #expect(S3Endpoint(url: "http://127.0.0.1:80")?.host == "127.0.0.1")
        for bad in ["", "s3.example.org", "https://", "https://a/b", "https://u@a", "ftp://a"] {
            #expect(S3Endpoint(url: bad) == nil)
        }
        let aws = S3Endpoint(region: "eu-central-1", bucket: "sparc")
        #expect(aws.host == "sparc.s3.eu-central-1.amazonaws.com" && aws.isSecure)
        #expect(aws.path(bucket: "sparc", key: "k") == "/k")
        let dotted = S3Endpoint(region: "eu-central-1", bucket: "sparc.example")
        #expect(dotted.host == "s3.eu-central-1.amazonaws.com")
        #expect(dotted.path(bucket: "sparc.example", key: "") == "/sparc.example/")
    }

    @Test func `the date of an answer is read in its one form`() {
        let moment = HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(moment == WallTime(rfc3339: "1994-11-06T08:49:37Z"))
        for bad in ["", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "1 2 3"]
        {
            #expect(HTTPDate.parse(bad) == nil)
        }
    }

    @Test func `a refusal without a code far from the store's clock is a wrong clock`() {
        let answer = HTTPResponse(
            status: 403,
            headers: [("date", "Sun, 06 Nov 1994 08:49:37 GMT")],
            body: []
        )
        let near = WallTime(rfc3339: "1994-11-06T08:45:00Z") ?? WallTime(seconds: 0)
        let far = WallTime(rfc3339: "1994-11-06T10:00:00Z") ?? WallTime(seconds: 0)
        guard case .otherCredentials = S3Answer(answer, signedAt: near).meaning,
            case .otherClock = S3Answer(answer, signedAt: far).meaning
        else {
            Issue.record("403")
            return
        }
    }
}
