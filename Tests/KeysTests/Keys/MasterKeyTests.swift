import Keys
import Testing

/// A key that a test can recognise: bytes 0, 7, 14, …
let exampleKey = (0..<32).map { UInt8(truncatingIfNeeded: $0 * 7) }

@Suite struct MasterKeyTests {
    private var hex: String {
        exampleKey.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    @Test func `hex and base64 give the same key`() throws {
        let base64 = Base64.urlEncoded(exampleKey)
        let standard = base64.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        for text in [
            hex, hex.uppercased(), " \(hex)\n", base64, "\t\(base64)=\r\n", String(standard) + "=",
        ] {
            #expect(try MasterKey.parse(text) == exampleKey)
        }
    }

    @Test(arguments: [
        ("", "empty"), ("  \n", "empty"), ("abcd", "base64 of 3 bytes"),
        ("secret!", "neither hex digits nor base64"),
        (String(repeating: "g", count: 63) + "!", "not all of them are hex digits"),
        (String(repeating: "a", count: 60), "base64 of 45 bytes"),
        (String(repeating: "a", count: 300), "longer than 256"),
        ("c2hvcnQ=", "base64 of 5 bytes"),
    ])
    func `a wrong key says what is wrong and nothing of itself`(text: String, reason: String) {
        do {
            _ = try MasterKey.parse(text)
            Issue.record("accepted")
        } catch {
            #expect(error.code == .malformedMasterKey)
            #expect("\(error)".contains(reason), "\(error)")
            #expect("\(error)".contains("openssl rand -hex 32"))
            if text.contains(where: \.isLetter) { #expect(!"\(error)".contains(text)) }
            #expect(!error.isRetryable)
        }
    }

    @Test(arguments: [
        String(repeating: "0", count: 64), String(repeating: "ab", count: 32),
        String(repeating: "01234567", count: 8),
    ])
    func `a key that repeats itself is refused`(text: String) {
        #expect { try MasterKey.parse(text) } throws: {
            ($0 as? KeysError)?.code == .weakMasterKey
        }
    }

    @Test func `base64 reads exactly one text for a value`() {
        #expect(Base64.decoded("") == [])
        #expect(Base64.decoded("Zg") == [0x66])
        #expect(Base64.decoded("Zg==") == [0x66])
        #expect(Base64.decoded("Zm8=") == [0x66, 0x6f])
        #expect(Base64.decoded("Zm9v") == [0x66, 0x6f, 0x6f])
        for wrong in ["Z", "Zh", "Zg=", "Zg===", "=", "Zg==Zg==", "Zm9v=", "Zm 9v", "Zm9vé"] {
            #expect(Base64.decoded(wrong) == nil, "\(wrong)")
        }
        for length in 0..<40 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37 + length) }
            #expect(Base64.decoded(Base64.urlEncoded(bytes)) == bytes)
        }
    }
}
