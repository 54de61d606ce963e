/// A `Range` header (RFC 9110 section 14.2) against a known length.
package enum ByteRange: Hashable, Sendable {
    /// No header, or one that is to be ignored: another unit, several ranges, broken text.
    case whole
    case part(Range<Int>)
    /// It begins at or after the end.
    case unsatisfiable

    package static func parse(_ header: String?, length: Int) -> ByteRange {
        guard let header, header.hasPrefix("bytes=") else { return .whole }
        let text = header.dropFirst(6)
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = number(parts[0]), let last = number(parts[1]) else {
            return .whole
        }
        switch (first, last) {
        case (nil, nil): return .whole
        case (nil, let count?):
            guard count > 0, length > 0 else { return .unsatisfiable }
            return .part(max(0, length - count)..<length)
        case (let start?, let end):
            if let end, end < start { return .whole }
            guard start < length else { return .unsatisfiable }
            return .part(start..<(min(end ?? length - 1, length - 1) + 1))
        }
    }

    /// Outer nil for text that is no number, inner nil for none.
    private static func number(_ text: Substring) -> Int?? {
        if text.isEmpty { return .some(nil) }
        guard text.utf8.count <= 18, text.utf8.allSatisfy({ 48...57 ~= $0 }) else { return nil }
        return .some(Int(text))
    }
}
