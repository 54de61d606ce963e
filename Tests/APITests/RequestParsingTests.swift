import API
import Domain
import Testing

struct RequestParsingTests {
    @Test func `ranges of bytes`() {
        let table: [(String?, Int, ByteRange)] = [
            (nil, 10, .whole), ("bytes=0-", 10, .part(0..<10)), ("bytes=2-4", 10, .part(2..<5)),
            ("bytes=2-99", 10, .part(2..<10)), ("bytes=-3", 10, .part(7..<10)),
            ("bytes=-99", 10, .part(0..<10)), ("bytes=10-", 10, .unsatisfiable),
            ("bytes=-0", 10, .unsatisfiable), ("bytes=0-", 0, .unsatisfiable),
            ("bytes=4-2", 10, .whole), ("bytes=-", 10, .whole), ("bytes=a-b", 10, .whole),
            ("bytes=0-1,2-3", 10, .whole), ("items=0-1", 10, .whole),
            ("bytes=99999999999999999999-", 10, .whole), ("bytes=+1-2", 10, .whole),
        ]
        for (header, length, expected) in table {
            #expect(ByteRange.parse(header, length: length) == expected, "\(header ?? "-")")
        }
    }

    @Test func `JSON is read strictly`() throws {
        let good: [(String, JSONValue)] = [
            (" null ", .null), ("[true,false]", .array([.bool(true), .bool(false)])),
            ("-1.5e+3", .number("-1.5e+3")), (#""aé😀\n/""#, .string("aé😀\n/")),
            ("{}", .object([])),
            (#"{"a":[{}]}"#, .object([.init(name: "a", value: .array([.object([])]))])),
        ]
        for (text, value) in good {
            #expect(try JSONParser.parse(Array(text.utf8)) == value, "\(text)")
        }
        let bad = [
            "", " ", "nul", "01", "1.", ".5", "+1", "1e", "-", "[1,]", "[1 2]", "{\"a\"}",
            "{\"a\":1,}", "{a:1}", "\"", "\"\\x\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
            "\"\\u12\"",
            "\"\u{1}\"", "1 2", "[", "{\"a\":1,\"a\":1}", "NaN", "'a'", "\u{feff}1",
        ]
        for text in bad {
            #expect(throws: JSONParser.Failure.self, "\(text)") {
                try JSONParser.parse(Array(text.utf8))
            }
        }
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse([34, 0xff, 34]) }
    }

    @Test func `no bytes make the parser fail in another way`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var state = seed
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        let alphabet = Array("{}[]\",:\\u0ae1-.tfn \u{1}".utf8) + [0xff, 0xc3]
        for _ in 0..<20_000 {
            let bytes = (0..<Int(next() % 24)).map { _ in alphabet[Int(next()) % alphabet.count] }
            _ = try? JSONParser.parse(bytes)
        }
        print("seed \(seed)")
    }

    @Test func `null is refused where no member may be null, and 1.0 is a whole number`() throws {
        var reader = try BodyReader(
            body: Array(#"{"a":null,"b":1.0,"c":1.5,"d":2e1,"e":1e400,"f":null}"#.utf8),
            example: "{}"
        )
        reader.dropNull("f")
        #expect(reader.text("a", limit: 5, example: "x") == nil)
        #expect(reader.integer("b", 1...30, example: "1") == 1)
        #expect(reader.integer("c", 1...30, example: "1") == nil)
        #expect(reader.integer("d", 1...30, example: "1") == 20)
        #expect(reader.integer("e", 1...30, example: "1") == nil)
        reader.reportUnknown(known: "a, b, c, d, e")
        #expect(reader.problems.map(\.field) == ["a", "c", "e"])
    }

    @Test func `lists of entity tags are read strictly`() {
        #expect(TagCondition("*") == .any)
        #expect(TagCondition(#""4""#) == .tags([#""4""#]))
        #expect(TagCondition(#""", W/"a,b" ,"c""#) == .tags([#""""#, #"W/"a,b""#, #""c""#]))
        for text in [
            "", "4", #""4"#, #"4""#, #"w/"4""#, #""a" "b""#, #""a","#, "*, *", "\"\u{7f}\"",
        ] {
            #expect(TagCondition(text) == nil, "\(text)")
        }
        #expect(TagCondition(String(repeating: #""a","#, count: 300) + #""a""#) == nil)
        let weak = TagCondition(#"W/"4""#)
        #expect(weak?.matches(#""4""#) == false && weak?.matchesWeakly(#""4""#) == true)
    }
}
