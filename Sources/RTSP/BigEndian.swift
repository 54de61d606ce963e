/// Fixed fields of binary packets. The caller has checked the length.
enum BigEndian {
    static func read32(_ bytes: Span<UInt8>, _ at: Int) -> UInt32 {
        UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16
            | UInt32(bytes[at + 2]) << 8 | UInt32(bytes[at + 3])
    }

    static func read64(_ bytes: Span<UInt8>, _ at: Int) -> UInt64 {
        UInt64(read32(bytes, at)) << 32 | UInt64(read32(bytes, at + 4))
    }
}
