internal import Domain
internal import Hummingbird

/// The items of a query; each name once.
package struct Query: Sendable {
    /// Items in one query; ours have at most 8.
    package static let countLimit = 32

    private var items: [String: String] = [:]
    /// As they were sent, not decoded: what media signatures are checked against.
    package let raw: String

    /// Splits and decodes. Throws a problem for a broken escape or a name that stands twice.
    package init(_ text: String?) throws(Problem) {
        raw = text ?? ""
        let parts = raw.split(separator: "&")
        guard parts.count <= Self.countLimit else {
            throw Problem.invalid(
                "query",
                "has more than \(Self.countLimit) items",
                example: "?limit=100"
            )
        }
        for part in parts {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = pair.count > 1 ? pair[1] : ""
            guard let name = PercentEncoding.decoded(pair[0]),
                let value = PercentEncoding.decoded(value)
            else {
                throw Problem.invalid(
                    "query",
                    "has a broken % escape",
                    example: "?from=2026-01-31T09:30:00Z"
                )
            }
            guard items.updateValue(value, forKey: name) == nil else {
                throw Problem.invalid(
                    String(name.prefix(64)),
                    "is given twice",
                    example: "each item once"
                )
            }
        }
    }

    package subscript(_ name: String) -> String? {
        items[name]
    }

    /// A whole number in a range.
    package func integer(
        _ name: String,
        _ range: ClosedRange<Int>,
        default value: Int
    ) throws(Problem) -> Int {
        guard let text = items[name] else { return value }
        guard text.utf8.allSatisfy({ 48...57 ~= $0 }), let number = Int(text),
            range.contains(number)
        else {
            throw Problem.invalid(
                name,
                "must be a whole number from \(range.lowerBound) to \(range.upperBound)",
                example: "\(name)=\(value)"
            )
        }
        return number
    }

    /// One of a few words.
    package func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String,
        default value: Value
    ) throws(Problem) -> Value where Value.RawValue == String {
        guard let text = items[name] else { return value }
        guard let choice = Value(rawValue: text) else {
            throw Problem.invalid(
                name,
                "must be one of: " + Value.allCases.map(\.rawValue).joined(separator: ", "),
                example: "\(name)=\(value.rawValue)"
            )
        }
        return choice
    }
}
