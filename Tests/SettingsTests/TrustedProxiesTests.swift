import Domain
import Settings
import Testing

/// `SPARC_TRUSTED_PROXIES`.
struct TrustedProxiesTests {
    private func reader(_ text: String?) -> SettingsReader {
        SettingsReader(variables: text.map { ["SPARC_TRUSTED_PROXIES": $0] } ?? [:], files: [:])
    }

    @Test func `nobody is trusted by default, else who is listed`() throws {
        var none = reader(nil)
        #expect(none.trustedProxies() == TrustedProxies())
        var some = reader("10.0.0.0/8, 192.0.2.1,fd00::/8")
        #expect(
            some.trustedProxies().blocks.map(\.description)
                == ["10.0.0.0/8", "192.0.2.1/32", "fd00:0:0:0:0:0:0:0/8"]
        )
        try none.check()
        try some.check()
    }

    @Test func `a word that is no block, and everybody, are problems`() {
        for text in ["10.0.0.0/8,proxy", "0.0.0.0/0", "10.0.0.1,::/0", "::ffff:0.0.0.0/0"] {
            var reader = reader(text)
            #expect(reader.trustedProxies() == TrustedProxies(), "\(text)")
            #expect(reader.problems.map(\.variable) == ["SPARC_TRUSTED_PROXIES"], "\(text)")
        }
    }
}
