/// Reads hex digits.
enum HexBytes {
    /// Nil for an odd number of digits or another character.
    static func parse(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard
                let value = UInt8(
                    String(decoding: digits[index...(index + 1)], as: UTF8.self),
                    radix: 16
                )
            else { return nil }
            bytes.append(value)
        }
        return bytes
    }
}
