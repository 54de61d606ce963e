/// Reads JSON (RFC 8259) strictly and with limits: no member twice, no deep nesting, no rest.
package struct JSONParser {
    /// Deepest nesting: a camera with its streams has 3 levels.
    package static let depthLimit = 16

    /// What is wrong with the text, and where.
    package struct Failure: Error, Hashable {
        package var message: String
        /// Byte offset.
        package var position: Int
    }

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Parses a whole text.
    package static func parse(_ bytes: [UInt8]) throws(Failure) -> JSONValue {
        var parser = JSONParser(bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.failure("text after the value") }
        return value
    }

    private func failure(_ message: String) -> Failure {
        Failure(message: message, position: position)
    }

    private var current: UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private mutating func skipSpace() {
        while let byte = current, byte == 32 || byte == 9 || byte == 10 || byte == 13 {
            position += 1
        }
    }

    private mutating func take(_ byte: UInt8, _ what: String) throws(Failure) {
        guard current == byte else { throw failure("\(what) is missing") }
        position += 1
    }

    private mutating func value(depth: Int) throws(Failure) -> JSONValue {
        guard depth < Self.depthLimit else {
            throw failure("nested deeper than \(Self.depthLimit) levels")
        }
        skipSpace()
        switch current {
        case 123: return try object(depth: depth)
        case 91: return try array(depth: depth)
        case 34: return .string(try string())
        case 116: return try word("true", .bool(true))
        case 102: return try word("false", .bool(false))
        case 110: return try word("null", .null)
        case 45, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57: return try number()
        case nil: throw failure("the text ends before its value does")
        default: throw failure("no JSON value begins like this")
        }
    }

    private mutating func word(_ text: String, _ value: JSONValue) throws(Failure) -> JSONValue {
        for byte in text.utf8 { try take(byte, text) }
        return value
    }

    private mutating func object(depth: Int) throws(Failure) -> JSONValue {
        position += 1
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        skipSpace()
        if current == 125 {
            position += 1
            return .object([])
        }
        while true {
            skipSpace()
            guard current == 34 else { throw failure("a member's name in quotes is missing") }
            let name = try string()
            guard names.insert(name).inserted else { throw failure("a member is given twice") }
            skipSpace()
            try take(58, "a colon")
            members.append(JSONValue.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            if current == 44 {
                position += 1
                continue
            }
            try take(125, "a comma or }")
            return .object(members)
        }
    }

    private mutating func array(depth: Int) throws(Failure) -> JSONValue {
        position += 1
        var values: [JSONValue] = []
        skipSpace()
        if current == 93 {
            position += 1
            return .array([])
        }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            if current == 44 {
                position += 1
                continue
            }
            try take(93, "a comma or ]")
            return .array(values)
        }
    }

    private mutating func digits() throws(Failure) {
        guard let first = current, 48...57 ~= first else { throw failure("a digit is missing") }
        while let byte = current, 48...57 ~= byte { position += 1 }
    }

    private mutating func number() throws(Failure) -> JSONValue {
        let start = position
        if current == 45 { position += 1 }
        if current == 48 { position += 1 } else { try digits() }
        if current == 46 {
            position += 1
            try digits()
        }
        if current == 101 || current == 69 {
            position += 1
            if current == 43 || current == 45 { position += 1 }
            try digits()
        }
        guard position - start <= 64 else { throw failure("a number has more than 64 characters") }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func string() throws(Failure) -> String {
        position += 1
        var output: [UInt8] = []
        while let byte = current {
            position += 1
            switch byte {
            case 34:
                guard let text = String(validating: output, as: UTF8.self) else {
                    throw failure("a string is not UTF-8")
                }
                return text
            case 92: try escape(into: &output)
            case 0..<32: throw failure("a control character stands in a string")
            default: output.append(byte)
            }
        }
        throw failure("a string has no end")
    }

    private mutating func escape(into output: inout [UInt8]) throws(Failure) {
        guard let byte = current else { throw failure("a string has no end") }
        position += 1
        switch byte {
        case 34, 92, 47: output.append(byte)
        case 98: output.append(8)
        case 102: output.append(12)
        case 110: output.append(10)
        case 114: output.append(13)
        case 116: output.append(9)
        case 117: output += Array(String(Character(try scalar())).utf8)
        default: throw failure("an unknown escape")
        }
    }

    private mutating func scalar() throws(Failure) -> Unicode.Scalar {
        let first = try unit()
        var code = UInt32(first)
        if 0xd800...0xdbff ~= first {
            try take(92, "the second half of a surrogate pair")
            try take(117, "the second half of a surrogate pair")
            let second = try unit()
            guard 0xdc00...0xdfff ~= second else { throw failure("half a surrogate pair") }
            code = 0x10000 + (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure("half a surrogate pair") }
        return scalar
    }

    private mutating func unit() throws(Failure) -> UInt16 {
        guard position + 4 <= bytes.count else { throw failure("a short \\u escape") }
        var value: UInt16 = 0
        for byte in bytes[position..<(position + 4)] {
            let digit: UInt8
            switch byte {
            case 48...57: digit = byte - 48
            case 65...70: digit = byte - 55
            case 97...102: digit = byte - 87
            default: throw failure("a \\u escape with something else than hex digits")
            }
            value = value << 4 | UInt16(digit)
        }
        position += 4
        return value
    }
}
