/// Which addresses may be connected to; asked with the resolved address at every connect, so that
/// neither a name, a redirect nor a changed DNS answer leads elsewhere.
///
/// An address is allowed when a listed block contains it. Loopback, link-local (with the cloud
/// metadata service 169.254.169.254), unspecified and multicast addresses are allowed only by a
/// block that lies wholly inside those ranges: a wide `0.0.0.0/0` does not open them.
package struct AddressPolicy: Hashable, Sendable {
    /// The private ranges: RFC 1918, RFC 6598 and RFC 4193.
    package static let privateNetworks = AddressPolicy(
        allowed: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"]
            .compactMap { AddressBlock($0) }
    )

    /// Loopback only: what `up --demo` adds for its simulated cameras, and what tests use.
    package static let loopback = AddressPolicy(
        allowed: ["127.0.0.0/8", "::1"].compactMap { AddressBlock($0) }
    )

    package let allowed: [AddressBlock]
    /// Ranges that only a block within them opens, beside those that are closed always.
    private let closed: [AddressBlock]

    package init(allowed: [AddressBlock]) {
        self.allowed = allowed
        closed = []
    }

    private init(allowed: [AddressBlock], closed: [AddressBlock]) {
        self.allowed = allowed
        self.closed = closed
    }

    /// The public internet and the listed blocks: where a tenant's own URLs may lead. Private
    /// ranges and those for special use (RFC 6890) are open only where a listed block lies within
    /// them; forms of IPv6 that carry an IPv4 address never are.
    package static func publicNetworks(and listed: AddressPolicy) -> AddressPolicy {
        AddressPolicy(
            allowed: ["0.0.0.0/0", "2000::/3"].compactMap { AddressBlock($0) } + listed.allowed,
            closed: privateNetworks.allowed + reserved
        )
    }

    package func allows(_ address: IPAddress) -> Bool {
        let special = (Self.special + closed).first { $0.contains(address) }
        return allowed.contains { block in
            guard block.contains(address) else { return false }
            guard let special else { return true }
            return block.prefix >= special.prefix && special.contains(block.address)
        }
    }

    /// Reads a comma-separated list of blocks; the words that are no blocks are returned.
    package static func parse(_ text: String) -> (policy: AddressPolicy, wrong: [String]) {
        var blocks: [AddressBlock] = []
        var wrong: [String] = []
        for word in text.split(separator: ",") {
            let trimmed = word.filter { $0 != " " }
            if let block = AddressBlock(trimmed) {
                blocks.append(block)
            } else {
                wrong.append(trimmed)
            }
        }
        return (AddressPolicy(allowed: blocks), wrong)
    }

    /// Special use beside the private ranges, and IPv4 within IPv6: Teredo, 6to4, documentation.
    private static let reserved = [
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    ].compactMap { AddressBlock($0) }

    private static let special = [
        "127.0.0.0/8", "169.254.0.0/16", "0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::1", "::/128",
        "fe80::/10", "ff00::/8", "fd00:ec2::254",
    ].compactMap { AddressBlock($0) }
}
