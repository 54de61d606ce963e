/// A CIDR block such as `10.0.0.0/8` or `fd00::/8`.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    package let address: IPAddress
    /// Leading bits that must be equal, counted over the 128 bits of `IPAddress`.
    package let prefix: Int

    /// Reads `address/prefix` or a bare address (one host). Nil if either part is wrong.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let address = IPAddress(String(first))
        else { return nil }
        let width = address.isIPv4 ? 32 : 128
        var length = width
        if parts.count == 2 {
            guard let value = Int(parts[1]), value >= 0, value <= width, parts[1].first != "+"
            else { return nil }
            length = value
        }
        self.address = address
        prefix = length + 128 - width
    }

    /// Whether it is all of IPv4 or all of IPv6.
    package var isEverything: Bool {
        prefix == 0 || address.isIPv4 && prefix == 96
    }

    package func contains(_ other: IPAddress) -> Bool {
        for index in 0..<16 {
            let bits = min(8, prefix - index * 8)
            if bits <= 0 { return true }
            let mask = UInt8(truncatingIfNeeded: 0xff00 >> bits)
            if address.bytes[index] & mask != other.bytes[index] & mask { return false }
        }
        return true
    }

    package var description: String {
        "\(address)/\(address.isIPv4 ? prefix - 96 : prefix)"
    }
}
