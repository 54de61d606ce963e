internal import HTTPTypes
internal import Hummingbird

/// Entity tags that a request names, in `If-Match` or `If-None-Match` (RFC 9110 section 13.1).
package enum TagCondition: Hashable, Sendable {
    /// `*`: whatever the resource has.
    case any
    /// As they were sent, `W/` included.
    case tags([String])

    /// Bytes of the longest list that is read.
    package static let lengthLimit = 1_024

    /// Reads a list; nil if it is none.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.lengthLimit else { return nil }
        if text == "*" {
            self = .any
            return
        }
        var tags: [String] = []
        var rest = Substring(text)
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" }
            let start = rest.startIndex
            if rest.hasPrefix("W/") { rest = rest.dropFirst(2) }
            guard rest.utf8.first == 34 else { return nil }
            let inner = rest.dropFirst().prefix { $0 != "\"" }
            // Visible bytes but the quote, as RFC 9110 section 8.8.3 has them.
            guard inner.utf8.allSatisfy({ $0 > 32 && $0 != 127 }),
                inner.endIndex != rest.endIndex
            else { return nil }
            rest = rest[rest.index(after: inner.endIndex)...]
            tags.append(String(text[start..<rest.startIndex]))
            rest = rest.drop { $0 == " " || $0 == "\t" }
            guard let comma = rest.popFirst() else { break }
            guard comma == "," else { return nil }
        }
        self = .tags(tags)
    }

    /// Whether one of them is the tag, compared strongly: a weak one never is.
    package func matches(_ tag: String) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains(tag)
        }
    }

    /// Whether one of them is the tag, compared weakly.
    package func matchesWeakly(_ tag: String) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags):
            tags.contains { $0 == tag || $0.hasPrefix("W/") && $0.dropFirst(2) == tag }
        }
    }
}

extension Request {
    /// What `If-Match` says; nil without one. Throws a problem for one that cannot be read.
    func ifMatch() throws(Problem) -> TagCondition? {
        try condition(.ifMatch)
    }

    /// What `If-None-Match` says; nil without one. Throws a problem for one that cannot be read.
    func ifNoneMatch() throws(Problem) -> TagCondition? {
        try condition(.ifNoneMatch)
    }

    private func condition(_ name: HTTPField.Name) throws(Problem) -> TagCondition? {
        // Lines of one field are one list (RFC 9110 section 5.3).
        guard let text = headers[name] else { return nil }
        guard let condition = TagCondition(text) else {
            throw Problem.invalid(name.rawName, "is no list of ETags in quotes", example: #""4""#)
        }
        return condition
    }
}
