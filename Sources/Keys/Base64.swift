/// Base64 of both alphabets (RFC 4648 sections 4 and 5), strict in what it reads.
package enum Base64 {
    private static let urlAlphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8
    )

    /// The URL-safe alphabet, without padding.
    package static func urlEncoded(_ bytes: some Sequence<UInt8>) -> String {
        var output: [UInt8] = []
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                output.append(urlAlphabet[Int(buffer >> bits & 63)])
            }
        }
        if bits > 0 {
            output.append(urlAlphabet[Int(buffer << (6 - bits) & 63)])
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The standard alphabet, with padding.
    package static func encoded(_ bytes: some Sequence<UInt8>) -> String {
        let text = String(
            urlEncoded(bytes).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        )
        return text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    }

    /// Reads either alphabet, with or without padding. Nil for any other character, a wrong length,
    /// or unused bits that are not zero: one value has one text.
    package static func decoded(_ text: some StringProtocol) -> [UInt8]? {
        var digits = Array(text.utf8)
        let padded = digits.last == 61
        if padded {
            guard digits.count % 4 == 0 else { return nil }
            digits.removeLast()
            if digits.last == 61 { digits.removeLast() }
        }
        guard digits.count % 4 != 1 else { return nil }
        var output: [UInt8] = []
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            buffer = buffer << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                output.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        return buffer & (1 << bits - 1) == 0 ? output : nil
    }

    /// Reads what `urlEncoded` wrote and no other text of the same bytes: for what is given out once
    /// and must have one text.
    package static func urlDecoded(_ text: some StringProtocol) -> [UInt8]? {
        // Plus, slash and padding.
        guard !text.utf8.contains(where: { [43, 47, 61].contains($0) }) else { return nil }
        return decoded(text)
    }

    private static func value(of digit: UInt8) -> UInt32? {
        switch digit {
        case 65...90: UInt32(digit) - 65
        case 97...122: UInt32(digit) - 71
        case 48...57: UInt32(digit) + 4
        case 43, 45: 62
        case 47, 95: 63
        default: nil
        }
    }
}
