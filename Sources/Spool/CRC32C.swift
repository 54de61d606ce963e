internal import Files

/// The Castagnoli checksum (RFC 3720 appendix B.4), eight bytes a step: by the processor's
/// instruction, or by tables where it has none.
package enum CRC32C {
    private static let tables: [[UInt32]] = {
        var first = [UInt32](repeating: 0, count: 256)
        for index in 0..<256 {
            var value = UInt32(index)
            for _ in 0..<8 {
                value = value & 1 == 1 ? (value >> 1) ^ 0x82f6_3b78 : value >> 1
            }
            first[index] = value
        }
        var all = [first]
        for _ in 1..<8 {
            let last = all[all.count - 1]
            all.append(last.map { first[Int($0 & 0xff)] ^ ($0 >> 8) })
        }
        return all
    }()

    private static let flat: [UInt32] = tables.flatMap { $0 }

    package static func checksum(_ bytes: [UInt8]) -> UInt32 {
        checksum(bytes.span)
    }

    package static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
        ~update(initial, bytes)
    }

    /// The same without the instruction.
    package static func checksumByTables(_ bytes: Span<UInt8>) -> UInt32 {
        ~updateByTables(initial, bytes)
    }

    /// The register before the first byte.
    static let initial: UInt32 = 0xffff_ffff

    /// The register after more bytes; its inversion is the checksum.
    static func update(_ register: UInt32, _ bytes: Span<UInt8>) -> UInt32 {
        HardwareChecksum.update(register, bytes) ?? updateByTables(register, bytes)
    }

    private static func updateByTables(_ register: UInt32, _ bytes: Span<UInt8>) -> UInt32 {
        var crc = register
        let count = bytes.count
        var index = 0
        flat.withSpan { table in
            while count - index >= 8 {
                let low =
                    crc
                    ^ (UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8
                        | UInt32(bytes[index + 2]) << 16 | UInt32(bytes[index + 3]) << 24)
                let first =
                    table[1_792 + Int(low & 0xff)] ^ table[1_536 + Int(low >> 8 & 0xff)]
                    ^ table[1_280 + Int(low >> 16 & 0xff)] ^ table[1_024 + Int(low >> 24)]
                let second =
                    table[768 + Int(bytes[index + 4])] ^ table[512 + Int(bytes[index + 5])]
                    ^ table[256 + Int(bytes[index + 6])] ^ table[Int(bytes[index + 7])]
                crc = first ^ second
                index += 8
            }
            while index < count {
                crc = table[Int((crc ^ UInt32(bytes[index])) & 0xff)] ^ (crc >> 8)
                index += 1
            }
        }
        return crc
    }
}

extension Array {
    fileprivate func withSpan<Result>(_ body: (Span<Element>) -> Result) -> Result {
        body(span)
    }
}
