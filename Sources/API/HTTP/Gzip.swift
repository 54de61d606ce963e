/// Compresses text of the size of a playlist (RFC 1951 and RFC 1952): matches within a window,
/// written with the fixed code. A playlist repeats itself so much that better codes gain little.
package enum Gzip {
    /// Below this, bytes, compression costs more than it saves.
    package static let threshold = 1_024
    private static let windowLength = 32_768
    private static let longestMatch = 258
    private static let shortestMatch = 4
    private static let hashBits = 15

    /// A whole gzip file with one member.
    package static func compress(_ input: [UInt8]) -> [UInt8] {
        // Magic, deflate, no flags, no time, no hint, unknown system.
        var output: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
        output.reserveCapacity(input.count / 4 + 64)
        var bits = BitWriter(output)
        bits.write(0b011, 3)
        deflate(input, into: &bits)
        bits.writeSymbol(256)
        output = bits.finish()
        for value in [checksum(input), UInt32(truncatingIfNeeded: input.count)] {
            for shift in stride(from: 0, to: 32, by: 8) {
                output.append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
            }
        }
        return output
    }

    private static func deflate(_ input: [UInt8], into bits: inout BitWriter) {
        // The newest position of each hash, one more than it; 0 for none.
        var heads = [Int](repeating: 0, count: 1 << hashBits)
        var position = 0
        while position < input.count {
            var length = 0
            var distance = 0
            if position + shortestMatch <= input.count {
                let slot = hash(input, at: position)
                let candidate = heads[slot] - 1
                heads[slot] = position + 1
                if candidate >= 0, position - candidate <= windowLength {
                    length = match(input, candidate, position)
                    distance = position - candidate
                }
            }
            guard length >= shortestMatch else {
                bits.writeSymbol(Int(input[position]))
                position += 1
                continue
            }
            bits.writeMatch(length: length, distance: distance)
            let end = position + length
            position += 1
            while position < end {
                if position + shortestMatch <= input.count {
                    heads[hash(input, at: position)] = position + 1
                }
                position += 1
            }
        }
    }

    private static func hash(_ input: [UInt8], at position: Int) -> Int {
        let word =
            UInt32(input[position]) | UInt32(input[position + 1]) << 8
            | UInt32(input[position + 2]) << 16 | UInt32(input[position + 3]) << 24
        return Int((word &* 2_654_435_761) >> UInt32(32 - hashBits))
    }

    private static func match(_ input: [UInt8], _ first: Int, _ second: Int) -> Int {
        let limit = min(longestMatch, input.count - second)
        var length = 0
        while length < limit, input[first + length] == input[second + length] { length += 1 }
        return length
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1
        }
    }

    private static func checksum(_ input: [UInt8]) -> UInt32 {
        ~input.reduce(~0) { sum, byte in
            sum >> 8 ^ table[Int((sum ^ UInt32(byte)) & 255)]
        }
    }
}

/// Writes bits as deflate orders them: values from the lowest bit, codes from the highest.
private struct BitWriter {
    private var output: [UInt8]
    private var buffer: UInt64 = 0
    private var count: UInt64 = 0

    init(_ output: [UInt8]) {
        self.output = output
    }

    mutating func write(_ value: Int, _ width: Int) {
        buffer |= UInt64(value) << count
        count += UInt64(width)
        while count >= 8 {
            output.append(UInt8(truncatingIfNeeded: buffer))
            buffer >>= 8
            count -= 8
        }
    }

    private mutating func writeCode(_ code: Int, _ width: Int) {
        var reversed = 0
        for bit in 0..<width where code >> bit & 1 == 1 { reversed |= 1 << (width - 1 - bit) }
        write(reversed, width)
    }

    /// A literal, a length code or the end, with the fixed code of RFC 1951 3.2.6.
    mutating func writeSymbol(_ symbol: Int) {
        switch symbol {
        case ..<144: writeCode(0x30 + symbol, 8)
        case ..<256: writeCode(0x190 + symbol - 144, 9)
        case ..<280: writeCode(symbol - 256, 7)
        default: writeCode(0xc0 + symbol - 280, 8)
        }
    }

    /// RFC 1951 3.2.5: a code and extra bits for each of both.
    mutating func writeMatch(length: Int, distance: Int) {
        let index = Self.lengths.lastIndex { $0 <= length } ?? 0
        writeSymbol(257 + index)
        write(length - Self.lengths[index], index < 8 || index == 28 ? 0 : (index - 4) / 4)
        let place = Self.distances.lastIndex { $0 <= distance } ?? 0
        writeCode(place, 5)
        write(distance - Self.distances[place], place < 4 ? 0 : (place - 2) / 2)
    }

    private static let lengths = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115,
        131, 163, 195, 227, 258,
    ]
    private static let distances = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1_025,
        1_537, 2_049, 3_073, 4_097, 6_145, 8_193, 12_289, 16_385, 24_577,
    ]

    /// The last bits, filled up with zeros.
    mutating func finish() -> [UInt8] {
        if count > 0 { output.append(UInt8(truncatingIfNeeded: buffer)) }
        buffer = 0
        count = 0
        return output
    }
}
