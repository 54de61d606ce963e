/// The one key that every other key derives from: 32 bytes, from `SPARC_MASTER_KEY` or its file.
package enum MasterKey {
    /// Bytes of a master key.
    package static let length = 32
    /// The longest text read: the longer form is 64 digits, and the rest may be white space.
    private static let textLimit = 256

    /// Reads 64 hex digits or the base64 of 32 bytes; white space around it is dropped.
    ///
    /// Throws `malformedMasterKey` or `weakMasterKey` with what is wrong and how to make a good
    /// one; the message never repeats any of the text.
    package static func parse(_ text: String) throws(KeysError) -> [UInt8] {
        let bytes = Array(text.utf8.prefix(textLimit + 1))
        guard bytes.count <= textLimit else { throw malformed("longer than \(textLimit) bytes") }
        var trimmed = bytes[...]
        while let first = trimmed.first, isSpace(first) { trimmed.removeFirst() }
        while let last = trimmed.last, isSpace(last) { trimmed.removeLast() }
        guard !trimmed.isEmpty else { throw malformed("empty") }
        let key = try decode(Array(trimmed))
        guard Set(key).count >= 8 else {
            throw KeysError(
                code: .weakMasterKey,
                message: "the master key repeats a few bytes and could be guessed; \(advice)"
            )
        }
        return key
    }

    private static let advice = "make one with: openssl rand -hex 32"

    private static func malformed(_ reason: String) -> KeysError {
        KeysError(
            code: .malformedMasterKey,
            message: "the master key is \(reason); it must be 32 bytes as 64 hex digits or as "
                + "base64; \(advice)"
        )
    }

    private static func decode(_ text: [UInt8]) throws(KeysError) -> [UInt8] {
        if text.count == length * 2 {
            if let key = hex(text) { return key }
            throw malformed("64 characters long but not all of them are hex digits")
        }
        guard let key = Base64.decoded(String(decoding: text, as: UTF8.self)) else {
            throw malformed("neither hex digits nor base64 (\(text.count) characters)")
        }
        guard key.count == length else {
            throw malformed("base64 of \(key.count) bytes")
        }
        return key
    }

    private static func hex(_ text: [UInt8]) -> [UInt8]? {
        var key: [UInt8] = []
        for index in stride(from: 0, to: text.count, by: 2) {
            guard let high = digit(text[index]), let low = digit(text[index + 1]) else {
                return nil
            }
            key.append(high << 4 | low)
        }
        return key
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case 48...57: character - 48
        case 65...70: character - 55
        case 97...102: character - 87
        default: nil
        }
    }

    private static func isSpace(_ character: UInt8) -> Bool {
        character == 32 || 9...13 ~= character
    }
}
