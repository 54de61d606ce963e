/// The bytes of one run, read from the front to steer it.
///
/// The one place here that touches the address libFuzzer gives.
struct FuzzInput {
    let bytes: [UInt8]
    private var position = 0

    init(_ data: UnsafePointer<UInt8>?, _ count: Int) {
        bytes = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    }

    var isEmpty: Bool {
        position >= bytes.count
    }

    mutating func byte() -> UInt8 {
        guard position < bytes.count else { return 0 }
        defer { position += 1 }
        return bytes[position]
    }

    /// At most `count` bytes.
    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(position + count, bytes.count)
        defer { position = end }
        return Array(bytes[position..<end])
    }

    mutating func rest() -> [UInt8] {
        take(bytes.count)
    }
}
