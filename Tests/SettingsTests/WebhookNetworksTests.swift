import Domain
import Settings
import Testing

/// Where webhooks may lead.
struct WebhookNetworksTests {
    private func reader(_ text: String?) -> SettingsReader {
        SettingsReader(variables: text.map { ["WEBHOOK_NETWORKS": $0] } ?? [:], files: [:])
    }

    @Test func `nothing inside is open by default, and only what is listed is`() throws {
        var none = reader(nil)
        let closed = AddressPolicy.publicNetworks(and: none.webhookNetworks())
        var some = reader("10.1.0.0/16, 127.0.0.1, fd00:1::/32")
        let open = AddressPolicy.publicNetworks(and: some.webhookNetworks())
        try none.check()
        try some.check()
        for text in ["8.8.8.8", "2600::1", "1.1.1.1", "223.255.255.254"] {
            let address = try #require(IPAddress(text))
            #expect(closed.allows(address) && open.allows(address), "\(text)")
        }
        for text in ["10.1.2.3", "127.0.0.1", "fd00:1::5", "::ffff:10.1.0.1"] {
            let address = try #require(IPAddress(text))
            #expect(!closed.allows(address) && open.allows(address), "\(text)")
        }
        for text in [
            "10.2.0.1", "127.0.0.2", "169.254.169.254", "192.168.0.1", "172.31.0.1", "100.64.1.1",
            "0.0.0.0", "::", "::1", "fd00:ec2::254", "fe80::1", "ff02::1", "224.0.0.1",
            "240.0.0.1", "255.255.255.255", "64:ff9b::a00:1", "2002:a00:1::", "2001::1",
            "::10.1.2.3", "198.18.0.1", "192.0.2.1",
        ] {
            let address = try #require(IPAddress(text))
            #expect(!closed.allows(address) && !open.allows(address), "\(text)")
        }
    }

    @Test func `a wide block does not open what is special`() throws {
        var reader = reader("0.0.0.0/0,::/0")
        let policy = AddressPolicy.publicNetworks(and: reader.webhookNetworks())
        for text in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "2002:7f00:1::"] {
            #expect(!policy.allows(try #require(IPAddress(text))), "\(text)")
        }
    }

    @Test func `a word that is no block is a problem`() {
        var reader = reader("10.0.0.0/8,local")
        _ = reader.webhookNetworks()
        #expect(reader.problems.map(\.variable) == ["WEBHOOK_NETWORKS"])
    }
}
