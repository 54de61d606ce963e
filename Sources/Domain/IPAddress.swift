/// An IPv4 or IPv6 address as 16 bytes; IPv4 is held in its mapped form (RFC 4291 2.5.5.2), so that
/// `::ffff:10.0.0.1` and `10.0.0.1` are one address and no policy can be passed by spelling.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Network order.
    package let bytes: [UInt8]

    /// Takes 4 or 16 bytes in network order; nil for any other count.
    package init?(bytes: [UInt8]) {
        switch bytes.count {
        case 4: self.bytes = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] + bytes
        case 16: self.bytes = bytes
        default: return nil
        }
    }

    /// Reads dotted-quad IPv4 (four decimal numbers, no leading zeros) or IPv6 text (RFC 4291 2.2).
    /// Nil for the short, octal and hexadecimal forms that `inet_aton` takes.
    package init?(_ text: String) {
        guard text.utf8.count <= 45 else { return nil }
        if let quad = Self.dottedQuad(text[...]) {
            self.init(bytes: quad)
        } else if let groups = Self.ipv6(text) {
            self.init(bytes: groups)
        } else {
            return nil
        }
    }

    package var isIPv4: Bool {
        bytes[0..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
    }

    package var description: String {
        if isIPv4 {
            return bytes[12...].map { String($0) }.joined(separator: ".")
        }
        return stride(from: 0, to: 16, by: 2).map { index in
            String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
        }.joined(separator: ":")
    }

    private static func dottedQuad(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard !part.isEmpty, part.utf8.count <= 3, part.utf8.allSatisfy({ 48...57 ~= $0 }),
                part == "0" || part.first != "0", let value = UInt8(part)
            else { return nil }
            bytes.append(value)
        }
        return bytes
    }

    private static func ipv6(_ text: String) -> [UInt8]? {
        guard text.contains(":"), !text.contains(":::") else { return nil }
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        var sides: [[UInt8]] = []
        for half in halves {
            guard let side = groups(half) else { return nil }
            sides.append(side)
        }
        if sides.count == 1 {
            return sides[0].count == 16 ? sides[0] : nil
        }
        let missing = 16 - sides[0].count - sides[1].count
        guard missing >= 2 else { return nil }
        return sides[0] + [UInt8](repeating: 0, count: missing) + sides[1]
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains("."), let quad = dottedQuad(part) {
                bytes += quad
            } else {
                guard !part.isEmpty, part.utf8.count <= 4, let value = UInt16(part, radix: 16),
                    part.first != "+", part.first != "-"
                else { return nil }
                bytes += [UInt8(value >> 8), UInt8(value & 0xff)]
            }
        }
        return bytes.count <= 16 ? bytes : nil
    }
}
