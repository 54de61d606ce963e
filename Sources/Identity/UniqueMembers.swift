internal import FoundationEssentials

/// Whether the members of a JSON object have names of their own.
///
/// Of two members with one name readers of JSON choose differently, and a token must have one meaning
/// (RFC 7515 section 4, RFC 7519 section 4).
enum UniqueMembers {
    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    /// Looks at the outermost object alone; what is nested in it is nowhere chosen by name twice.
    /// - Parameter bytes: JSON that a decoder reads, of any depth.
    /// - Returns: False also for what is no object, has another encoding than UTF-8, or does not end.
    static func areInObject(_ bytes: [UInt8]) -> Bool {
        // UTF-16 and UTF-32, which some readers guess, have zeros; RFC 8259 section 8.1 has neither.
        guard !bytes.contains(0) else { return false }
        var names: Set<String> = []
        var (depth, index) = (0, 0)
        var isName = false
        var isObject = false
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth == 1 {
                    guard !isObject, bytes[index] == UInt8(ascii: "{") else { return false }
                    (isObject, isName) = (true, true)
                }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ",") where depth == 1: isName = true
            case quote:
                guard let end = end(of: bytes, from: index) else { return false }
                if depth == 1, isName {
                    guard let name = text(bytes[index...end]), names.insert(name).inserted else {
                        return false
                    }
                    isName = false
                }
                index = end
            default: break
            }
            index += 1
        }
        return isObject && depth == 0
    }

    /// The place of the quote that ends a string.
    private static func end(of bytes: [UInt8], from start: Int) -> Int? {
        var index = start + 1
        while index < bytes.count {
            if bytes[index] == quote { return index }
            index += bytes[index] == backslash ? 2 : 1
        }
        return nil
    }

    /// What a string with its quotes says, whose escapes may hide that it is another one's.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String? {
        guard bytes.contains(backslash) else {
            return String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)
        }
        return try? JSONDecoder().decode(String.self, from: Data(bytes))
    }
}
