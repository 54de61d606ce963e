import Keys
import Testing

/// Base32 against the vectors of RFC 4648 section 10.
struct Base32Tests {
    @Test func `texts are those of the RFC, without padding`() {
        for (plain, text) in [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI"),
        ] {
            #expect(Base32.encoded(plain.utf8) == text)
            #expect(Base32.decoded(text) == Array(plain.utf8))
            #expect(Base32.decoded(text.lowercased()) == Array(plain.utf8))
        }
    }

    @Test func `every length comes back, and what is no text of bytes is nil`() {
        for length in 0..<100 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
            #expect(Base32.decoded(Base32.encoded(bytes)) == bytes)
        }
        for text in ["A", "ABC", "ABCDEF", "MZ", "M1", "M8", "MY======", "M Y", "Ü", "@A", "[A"] {
            #expect(Base32.decoded(text) == nil, "\(text)")
        }
    }
}
