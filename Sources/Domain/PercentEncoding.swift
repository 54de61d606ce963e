/// Percent-encoding of URLs (RFC 3986 section 2.1).
package enum PercentEncoding {
    /// The text without it; nil for a `%` without two hexadecimal digits, and for what is no UTF-8.
    package static func decoded(_ text: Substring) -> String? {
        guard text.utf8.contains(37) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == 37 else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            // A number may begin with a sign, an escape may not.
            guard digits.count == 2, digits.allSatisfy({ isHex($0) }),
                let value = UInt8(String(Substring(digits)), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        48...57 ~= byte || 65...70 ~= byte || 97...102 ~= byte
    }
}
