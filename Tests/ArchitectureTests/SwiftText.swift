/// Swift source with comments and the text of string literals blanked out, line for line, so that
/// a search finds code only. Interpolations stay.
struct SwiftText {
    private enum Place {
        case code(parentheses: Int)
        case string(hashes: Int, isMultiline: Bool)
    }

    private static let newline = UInt8(ascii: "\n")

    private let source: [UInt8]
    private var index = 0
    private var places: [Place] = [.code(parentheses: 0)]
    private var output: [UInt8] = []

    static func code(of text: String) -> String {
        var scanner = SwiftText(source: Array(text.utf8))
        scanner.scan()
        return String(decoding: scanner.output, as: UTF8.self)
    }

    private init(source: [UInt8]) {
        self.source = source
    }

    private mutating func scan() {
        while index < source.count {
            switch places.last {
            case .string(let hashes, let isMultiline):
                scanString(hashes: hashes, isMultiline: isMultiline)
            case .code(let parentheses):
                scanCode(parentheses: parentheses)
            case nil:
                return
            }
        }
    }

    private mutating func scanCode(parentheses: Int) {
        if matches("//") {
            while index < source.count, source[index] != Self.newline { blank(1) }
        } else if matches("/*") {
            scanBlockComment()
        } else if let (hashes, isMultiline) = openingQuote() {
            places.append(.string(hashes: hashes, isMultiline: isMultiline))
            keep(hashes + (isMultiline ? 3 : 1))
        } else {
            if places.count > 1 {
                let change =
                    source[index] == UInt8(ascii: "(")
                    ? 1 : source[index] == UInt8(ascii: ")") ? -1 : 0
                let open = parentheses + change
                places[places.count - 1] = .code(parentheses: open)
                if open == 0 { places.removeLast() }
            }
            keep(1)
        }
    }

    private mutating func scanString(hashes: Int, isMultiline: Bool) {
        let marks = String(repeating: "#", count: hashes)
        let quote = (isMultiline ? "\"\"\"" : "\"") + marks
        if matches("\\" + marks + "(") {
            keep(1 + hashes)
            places.append(.code(parentheses: 0))
        } else if matches("\\" + marks) {
            blank(2 + hashes)
        } else if matches(quote) {
            keep(quote.utf8.count)
            places.removeLast()
        } else if source[index] == Self.newline, !isMultiline {
            // A literal that does not end: not Swift. Take the line's end as its end.
            places.removeLast()
        } else {
            blank(1)
        }
    }

    private mutating func scanBlockComment() {
        var depth = 0
        repeat {
            if matches("/*") {
                depth += 1
                blank(2)
            } else if matches("*/") {
                depth -= 1
                blank(2)
            } else {
                blank(1)
            }
        } while depth > 0 && index < source.count
    }

    private func openingQuote() -> (hashes: Int, isMultiline: Bool)? {
        let quote = UInt8(ascii: "\"")
        var place = index
        while place < source.count, source[place] == UInt8(ascii: "#") { place += 1 }
        guard place < source.count, source[place] == quote else { return nil }
        let isMultiline =
            place + 2 < source.count && source[place + 1] == quote && source[place + 2] == quote
        return (place - index, isMultiline)
    }

    private func matches(_ text: String) -> Bool {
        text.utf8.first == source[index] && source[index...].starts(with: text.utf8)
    }

    private mutating func keep(_ count: Int) {
        let end = min(source.count, index + count)
        output += source[index..<end]
        index = end
    }

    private mutating func blank(_ count: Int) {
        let end = min(source.count, index + count)
        output += source[index..<end].map { $0 == Self.newline ? $0 : UInt8(ascii: " ") }
        index = end
    }
}
