/// A `Range` header read against the length of a resource (RFC 9110 section 14).
enum ByteRangeRequest: Hashable, Sendable {
    /// No header, one this server does not understand, or several ranges: the whole resource.
    case whole
    case part(Range<Int>)
    /// 416.
    case unsatisfiable

    init(_ header: String?, length: Int) {
        self = .whole
        guard let header, header.hasPrefix("bytes=") else { return }
        let bounds = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, header.utf8.count < 64 else { return }
        if bounds[0].isEmpty {
            guard let suffix = Self.number(bounds[1]) else { return }
            self =
                suffix > 0 && length > 0
                ? .part(max(0, length - suffix)..<length) : .unsatisfiable
            return
        }
        guard let first = Self.number(bounds[0]) else { return }
        var last = length - 1
        if !bounds[1].isEmpty {
            guard let given = Self.number(bounds[1]), given >= first else { return }
            last = min(last, given)
        }
        self = first < length ? .part(first..<(last + 1)) : .unsatisfiable
    }

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ 48...57 ~= $0 }) else { return nil }
        return Int(text)
    }
}
