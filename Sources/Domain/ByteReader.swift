/// Reads big-endian fields from a packed value, front to back; a short read is nil, never a trap.
package struct ByteReader: Sendable {
    private let bytes: [UInt8]
    /// The next byte to read.
    package private(set) var position: Int

    package init(_ bytes: [UInt8], at position: Int = 0) {
        self.bytes = bytes
        self.position = max(0, min(position, bytes.count))
    }

    package var remaining: Int {
        bytes.count - position
    }

    package mutating func unsigned(_ width: Int) -> UInt64? {
        guard width >= 0, width <= 8, remaining >= width else { return nil }
        var value: UInt64 = 0
        for _ in 0..<width {
            value = value << 8 | UInt64(bytes[position])
            position += 1
        }
        return value
    }

    package mutating func signed64() -> Int64? {
        unsigned(8).map { Int64(bitPattern: $0) }
    }

    package mutating func take(_ count: Int) -> [UInt8]? {
        guard count >= 0, remaining >= count else { return nil }
        defer { position += count }
        return Array(bytes[position..<(position + count)])
    }

    /// An unsigned LEB128 number of at most 10 bytes.
    package mutating func variable() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64, remaining > 0 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }
}
