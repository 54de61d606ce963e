/// The proxies whose word about a client's address counts. A value; nobody by default.
///
/// Each proxy appends to `X-Forwarded-For` whom it was asked by, so that the header is true from the
/// right as far as who wrote it is trusted; what a client sends in it stands to the left of that.
package struct TrustedProxies: Hashable, Sendable {
    /// Addresses of a header that are read, from the right: more proxies in a row are none of ours.
    package static let hopLimit = 16

    package let blocks: [AddressBlock]

    package init(_ blocks: [AddressBlock] = []) {
        self.blocks = blocks
    }

    package func contains(_ address: IPAddress) -> Bool {
        blocks.contains { $0.contains(address) }
    }

    /// Where a request comes from: the first address from the right that is no trusted proxy's; where
    /// one cannot be read, the proxy that passed it on.
    /// - Parameters:
    ///   - peer: The other end of the connection.
    ///   - forwarded: The values of `X-Forwarded-For` in their order.
    package func client(peer: IPAddress, forwarded: [String]) -> IPAddress {
        var client = peer
        let hops = forwarded.joined(separator: ",").split(
            separator: ",",
            omittingEmptySubsequences: false
        ).suffix(Self.hopLimit)
        for hop in hops.reversed() {
            guard contains(client), let next = Self.address(hop) else { return client }
            client = next
        }
        return client
    }

    /// An address, in brackets or with a port as some proxies write it.
    private static func address(_ hop: Substring) -> IPAddress? {
        var text = hop
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        if let address = IPAddress(String(text)) { return address }
        if text.first == "[" {
            let parts = text.dropFirst().split(separator: "]", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1].isEmpty || isPort(parts[1]) else { return nil }
            return IPAddress(String(parts[0]))
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, isPort(":" + parts[1]) else { return nil }
        return IPAddress(String(parts[0]))
    }

    private static func isPort(_ text: some StringProtocol) -> Bool {
        text.first == ":" && UInt16(text.dropFirst()) != nil
            && text.dropFirst().utf8.allSatisfy { 48...57 ~= $0 }
    }
}
