/// Small readings of protocol text, without Foundation.
enum ASCII {
    /// Without spaces and tabs at both ends.
    static func trimmed(_ text: some StringProtocol) -> Substring {
        var rest = Substring(text)
        while let first = rest.utf8.first, first == 32 || first == 9 { rest.removeFirst() }
        while let last = rest.utf8.last, last == 32 || last == 9 { rest.removeLast() }
        return rest
    }

    /// Plain digits only; nil for a sign, for nothing and for more than `atMost`.
    static func number(_ text: some StringProtocol, atMost limit: Int) -> Int? {
        guard 1...18 ~= text.utf8.count, text.utf8.allSatisfy({ 48...57 ~= $0 }),
            let value = Int(text), value <= limit
        else { return nil }
        return value
    }

    static func equal(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { lower($0) == lower($1) }
    }

    static func hasPrefix(_ text: some StringProtocol, _ prefix: String) -> Bool {
        text.utf8.count >= prefix.utf8.count
            && zip(text.utf8, prefix.utf8).allSatisfy { lower($0) == lower($1) }
    }

    /// What may stand in a request line as an address: visible characters, no space, no delete.
    static func isPlain(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    /// A name from a camera made fit to show: letters, digits and `-./+`, at most 24 of them.
    static func shown(_ text: some StringProtocol) -> String {
        let kept = text.utf8.filter {
            48...57 ~= $0 || 65...90 ~= $0 || 97...122 ~= $0 || $0 == 43 || 45...47 ~= $0
        }
        return String(decoding: kept.prefix(24), as: UTF8.self)
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        65...90 ~= byte ? byte + 32 : byte
    }
}
