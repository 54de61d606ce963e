/// Reads the bit fields of a parameter set; a read past the end gives zeros and sets `overrun`.
///
/// The sticky flag lets a parser read straight through and check once at the end; every loop over
/// a count that was read must still be bounded by its own limit.
struct BitReader {
    private let bytes: [UInt8]
    private var position = 0
    /// True once more was read than there was.
    private(set) var overrun = false

    /// Plain bytes, such as an AudioSpecificConfig.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A NAL unit behind its header of `headerLength` bytes, with the emulation prevention bytes
    /// (00 00 03) taken out (ISO/IEC 14496-10 7.4.1, ISO/IEC 23008-2 7.4.2).
    init(nal: [UInt8], headerLength: Int) {
        var payload: [UInt8] = []
        payload.reserveCapacity(nal.count)
        var zeros = 0
        for byte in nal.dropFirst(headerLength) {
            if zeros >= 2, byte == 3 {
                zeros = 0
                continue
            }
            zeros = byte == 0 ? zeros + 1 : 0
            payload.append(byte)
        }
        bytes = payload
    }

    /// Up to 32 bits, most significant first.
    mutating func bits(_ count: Int) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            let index = position >> 3
            guard index < bytes.count else {
                overrun = true
                return 0
            }
            let bit = bytes[index] >> UInt8(7 - position & 7) & 1
            value = value << 1 | UInt32(bit)
            position += 1
        }
        return value
    }

    mutating func flag() -> Bool {
        bits(1) == 1
    }

    mutating func skip(_ count: Int) {
        position += count
        if position > bytes.count * 8 {
            position = bytes.count * 8
            overrun = true
        }
    }

    /// Bits that are left.
    var remaining: Int {
        bytes.count * 8 - position
    }

    /// An unsigned Exp-Golomb number, ISO/IEC 14496-10 9.1; more than 31 leading zeros is an
    /// overrun, no field of a parameter set needs them.
    mutating func unsigned() -> UInt32 {
        var zeros = 0
        while !flag() {
            zeros += 1
            guard zeros < 32, !overrun else {
                overrun = true
                return 0
            }
        }
        guard zeros > 0 else { return 0 }
        return (1 << UInt32(zeros)) - 1 &+ bits(zeros)
    }

    /// A signed Exp-Golomb number.
    mutating func signed() -> Int32 {
        let code = unsigned()
        let half = Int32(truncatingIfNeeded: (code >> 1) &+ (code & 1))
        return code & 1 == 1 ? half : 0 &- half
    }
}
