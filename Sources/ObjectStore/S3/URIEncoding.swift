/// Percent encoding as SigV4 wants it: every byte of the UTF-8 form but letters, digits, `-`, `.`,
/// `_` and `~`, with upper-case hex digits. (RFC 3986 section 2.3)
enum URIEncoding {
    /// A query's name or value, or a path segment.
    static func encode(_ text: String) -> String {
        encode(text, keepingSlashes: false)
    }

    /// A path, whose slashes stay.
    static func encode(path: String) -> String {
        encode(path, keepingSlashes: true)
    }

    /// Undoes `encode`; nil for a broken escape or bytes that are no UTF-8.
    static func decode(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case 37:
                guard let high = rest.popFirst().flatMap(digit),
                    let low = rest.popFirst().flatMap(digit)
                else { return nil }
                bytes.append(high << 4 | low)
            case 43: bytes.append(32)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func encode(_ text: String, keepingSlashes: Bool) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 65...90, 97...122, 48...57, 45, 46, 95, 126:
                result.append(byte)
            case 47 where keepingSlashes:
                result.append(byte)
            default:
                result += [37, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
