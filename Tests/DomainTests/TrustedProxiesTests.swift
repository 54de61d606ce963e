import Domain
import Testing

/// Whom `X-Forwarded-For` is believed of.
struct TrustedProxiesTests {
    private func client(
        _ peer: String,
        _ forwarded: [String],
        trusted: [String] = ["10.0.0.0/8", "fd00::/8"]
    ) -> String? {
        IPAddress(peer).map { peer in
            TrustedProxies(trusted.compactMap { AddressBlock($0) })
                .client(peer: peer, forwarded: forwarded).description
        }
    }

    @Test func `nobody is believed by default`() {
        #expect(client("192.0.2.1", ["8.8.8.8"], trusted: []) == "192.0.2.1")
        #expect(client("127.0.0.1", ["8.8.8.8"], trusted: []) == "127.0.0.1")
    }

    @Test func `only a trusted peer is believed, and only as far as trust goes`() {
        #expect(client("192.0.2.1", ["8.8.8.8"]) == "192.0.2.1")
        #expect(client("10.0.0.1", ["8.8.8.8"]) == "8.8.8.8")
        // What the client itself sent stands to the left of what our proxy added.
        #expect(client("10.0.0.1", ["1.1.1.1, 8.8.8.8"]) == "8.8.8.8")
        #expect(client("10.0.0.1", ["1.1.1.1", "8.8.8.8"]) == "8.8.8.8")
        #expect(client("10.0.0.1", ["1.1.1.1, 8.8.8.8, 10.0.0.2"]) == "8.8.8.8")
        #expect(client("10.0.0.1", ["10.9.9.9, 8.8.8.8, 10.0.0.2"]) == "8.8.8.8")
        #expect(client("10.0.0.1", ["10.0.0.3, 10.0.0.2"]) == "10.0.0.3")
        #expect(client("10.0.0.1", []) == "10.0.0.1")
        #expect(client("::ffff:10.0.0.1", ["2600:0:0:0:0:0:0:1"]) == "2600:0:0:0:0:0:0:1")
    }

    @Test func `what cannot be read ends with who passed it on`() {
        for wrong in [
            "", " ", "unknown", "_hidden", "8.8.8", "8.8.8.8:x", "8.8.8.8:", "[8.8.8.8",
            "8.8.8.8:+1",
            "8.8.8.8:99999", "[::1]x", "\"8.8.8.8\"", "08.8.8.8", "1.1.1.1;8.8.8.8",
        ] {
            #expect(client("10.0.0.1", ["1.1.1.1, " + wrong]) == "10.0.0.1", "\(wrong)")
            #expect(client("10.0.0.1", ["1.1.1.1, " + wrong + ",10.0.0.2"]) == "10.0.0.2")
        }
        for (text, address) in [
            ("8.8.8.8:443", "8.8.8.8"), ("[fe80:0:0:0:0:0:0:1]:80", "fe80:0:0:0:0:0:0:1"),
            ("[8.8.8.8]", "8.8.8.8"), ("\t8.8.8.8 ", "8.8.8.8"),
        ] {
            #expect(client("10.0.0.1", [text]) == address)
        }
    }

    @Test func `a long header is read from its end`() {
        let many = Array(repeating: "10.0.0.9", count: 100_000).joined(separator: ",")
        #expect(client("10.0.0.1", ["8.8.8.8," + many]) == "10.0.0.9")
    }
}
