/// The `name=value` list of an `a=fmtp` line; names in lower case, spaces around pieces dropped.
struct FormatParameters: Hashable {
    /// Parameters of one line.
    static let countLimit = 64

    private var values: [String: String] = [:]

    init(_ text: some StringProtocol) {
        for piece in text.split(separator: ";").prefix(Self.countLimit) {
            // A value may hold `=` (base64 padding): only the first one divides.
            let pair = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = ASCII.trimmed(pair[0]).lowercased()
            if pair.count == 2, !name.isEmpty { values[name] = String(ASCII.trimmed(pair[1])) }
        }
    }

    subscript(_ name: String) -> String? {
        values[name]
    }

    /// Nil if it is missing or no number of at most 9 digits.
    func number(_ name: String) -> Int? {
        values[name].flatMap { ASCII.number($0, atMost: 999_999_999) }
    }
}
