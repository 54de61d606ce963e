/// Reads the few documents that S3 answers with; no attributes, entities but the five of XML and
/// numbers, CDATA or document types: a document with more is unreadable. Bounded by the caller's
/// limit on the answer's length.
package struct S3XML: Sendable {
    /// Deeper nesting is none of S3's answers.
    private static let depthLimit = 16

    package let name: String
    package private(set) var text = ""
    package private(set) var children: [S3XML] = []

    package init(_ name: String, _ text: String = "", _ children: [S3XML] = []) {
        self.name = name
        self.text = text
        self.children = children
    }

    /// The text of the first child of that name.
    package subscript(name: String) -> String? {
        children.first { $0.name == name }?.text
    }

    package func child(_ name: String) -> S3XML? {
        children.first { $0.name == name }
    }

    /// The element as it is sent; text beside children, which is white space only, is left out.
    package var encoded: String {
        let content =
            children.isEmpty ? Self.escape(text) : children.map(\.encoded).joined()
        return "<\(name)>\(content)</\(name)>"
    }

    /// The root element; nil for anything that is not wholly one.
    package static func parse(_ bytes: [UInt8]) -> S3XML? {
        var open: [S3XML] = []
        var root: S3XML?
        var position = 0
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "<") else {
                let end = bytes[position...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
                if open.isEmpty {
                    guard bytes[position..<end].allSatisfy({ $0 <= 32 }) else { return nil }
                } else {
                    guard let text = decoded(bytes[position..<end]) else { return nil }
                    open[open.count - 1].text += text
                }
                position = end
                continue
            }
            guard let end = bytes[position...].firstIndex(of: UInt8(ascii: ">")) else { return nil }
            let tag = bytes[(position + 1)..<end]
            position = end + 1
            guard let first = tag.first else { return nil }
            switch first {
            case UInt8(ascii: "?") where tag.last == first && open.isEmpty && root == nil:
                continue
            case UInt8(ascii: "/"):
                guard let closed = open.popLast(),
                    closed.name == String(decoding: tag.dropFirst(), as: UTF8.self)
                else { return nil }
                if open.isEmpty { root = closed } else { open[open.count - 1].children += [closed] }
            default:
                guard root == nil, open.count < depthLimit, let element = element(tag) else {
                    return nil
                }
                if tag.last != UInt8(ascii: "/") {
                    open.append(element)
                } else if open.isEmpty {
                    root = element
                } else {
                    open[open.count - 1].children += [element]
                }
            }
        }
        return open.isEmpty ? root : nil
    }

    /// An element's name without its attributes (only `xmlns` and the like occur).
    private static func element(_ tag: ArraySlice<UInt8>) -> S3XML? {
        let name = tag.prefix { $0 > 32 && $0 != UInt8(ascii: "/") }
        guard let first = name.first,
            65...90 ~= first || 97...122 ~= first,
            let text = String(validating: name, as: UTF8.self)
        else { return nil }
        return S3XML(text)
    }

    private static let entities: [String: String] = [
        "lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'",
    ]

    private static func decoded(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let raw = String(validating: bytes, as: UTF8.self) else { return nil }
        guard raw.contains("&") else { return raw }
        var result = ""
        var rest = raw[...]
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            guard let end = rest[start...].firstIndex(of: ";") else { return nil }
            let name = rest[rest.index(after: start)..<end]
            if let known = entities[String(name)] {
                result += known
            } else if name.hasPrefix("#"), let scalar = scalar(name.dropFirst()) {
                result.unicodeScalars.append(scalar)
            } else {
                return nil
            }
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func scalar(_ digits: Substring) -> Unicode.Scalar? {
        let number =
            digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap(Unicode.Scalar.init)
    }

    /// Text as it stands between tags.
    package static func escape(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            default: result.append(character)
            }
        }
        return result
    }
}
