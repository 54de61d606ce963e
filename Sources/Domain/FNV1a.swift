/// The 64-bit FNV-1a hash: tells equal bytes from different ones within one camera. Not for
/// security (SHA-256 is, where it matters).
package struct FNV1a: Sendable {
    /// The hash of the bytes so far.
    package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    package mutating func update(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
        }
    }

    /// 16 lower-case hex digits.
    package var hexDigits: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
