import Domain
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        "127.1", "0x7f.0.0.1", "2130706433", "127.0.0.01", "1.2.3.4.5", "::1::", "g::",
    ])
    func `spellings that other parsers take are no addresses`(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `a mapped IPv4 address is that IPv4 address`() {
        #expect(IPAddress("::ffff:169.254.169.254") == IPAddress("169.254.169.254"))
    }

    @Test(arguments: [
        "127.0.0.1", "169.254.169.254", "::1", "fe80::1", "0.0.0.0", "::ffff:127.0.0.1",
        "224.0.0.1", "fd00:ec2::254", "255.255.255.255",
    ])
    func `special addresses are closed, also to the widest block`(_ text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(!AddressPolicy.privateNetworks.allows(address))
        let (wide, wrong) = AddressPolicy.parse("0.0.0.0/0, ::/0")
        #expect(wrong.isEmpty)
        #expect(!wide.allows(address))
    }

    @Test func `a listed special block opens itself and no other`() throws {
        let (policy, _) = AddressPolicy.parse("127.0.0.0/8")
        #expect(policy.allows(try #require(IPAddress("127.0.0.1"))))
        #expect(!policy.allows(try #require(IPAddress("169.254.169.254"))))
        #expect(!policy.allows(try #require(IPAddress("10.0.0.1"))))
    }

    @Test func `private networks are open by default, public addresses are not`() throws {
        for (text, isOpen) in [
            ("10.1.2.3", true), ("172.31.0.1", true), ("172.32.0.1", false),
            ("192.168.1.20", true), ("8.8.8.8", false), ("fd12::1", true), ("2001:db8::1", false),
        ] {
            let address = try #require(IPAddress(text))
            #expect(AddressPolicy.privateNetworks.allows(address) == isOpen, "\(text)")
        }
    }
}
