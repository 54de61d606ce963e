/// An attribute list (RFC 8216 4.2): `NAME=value,NAME="quoted, value"`.
struct AttributeList: Hashable, Sendable {
    private(set) var values: [String: String] = [:]

    /// Nil for a list that is malformed or names an attribute twice.
    init?(_ text: some StringProtocol) {
        var rest = Substring(text)
        while !rest.isEmpty {
            guard let equals = rest.firstIndex(of: "=") else { return nil }
            let name = String(rest[..<equals])
            guard !name.isEmpty, name.utf8.allSatisfy({ Self.isNameByte($0) }),
                values[name] == nil
            else { return nil }
            rest = rest[rest.index(after: equals)...]
            if rest.first == "\"" {
                rest.removeFirst()
                guard let close = rest.firstIndex(of: "\"") else { return nil }
                values[name] = String(rest[..<close])
                rest = rest[rest.index(after: close)...]
            } else {
                let end = rest.firstIndex(of: ",") ?? rest.endIndex
                guard end > rest.startIndex, !rest[..<end].contains("\"") else { return nil }
                values[name] = String(rest[..<end])
                rest = rest[end...]
            }
            guard rest.isEmpty || rest.removeFirst() == "," && !rest.isEmpty else { return nil }
        }
        guard !values.isEmpty else { return nil }
    }

    subscript(name: String) -> String? {
        values[name]
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        65...90 ~= byte || 48...57 ~= byte || byte == 45
    }
}
