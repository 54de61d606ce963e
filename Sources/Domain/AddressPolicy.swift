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

    package init(allowed: [AddressBlock]) {
        self.allowed = allowed
    }

    package func allows(_ address: IPAddress) -> Bool {
        let special = Self.special.first { $0.contains(address) }
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

    private static let special = [
        "127.0.0.0/8", "169.254.0.0/16", "0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::1", "::/128",
        "fe80::/10", "ff00::/8", "fd00:ec2::254",
    ].compactMap { AddressBlock($0) }
}
