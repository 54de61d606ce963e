import Domain

/// The boxes of a part of an ISO media file, one after the other (ISO/IEC 14496-12, 4.2).
struct BoxWalk {
    private let bytes: [UInt8]
    private let end: Int
    private var position: Int
    /// A box goes beyond the end, or there is no room for its head.
    private(set) var isDamaged = false

    init(_ bytes: [UInt8], _ range: Range<Int>? = nil) {
        self.bytes = bytes
        position = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
    }

    /// The type of the next box and where its content is; nil at the end or where it is damaged.
    mutating func next() -> (type: String, content: Range<Int>)? {
        guard position < end else { return nil }
        guard let head = BoxHead(bytes, at: position), head.length <= end - position else {
            isDamaged = true
            return nil
        }
        let content = (position + head.headLength)..<(position + head.length)
        position += head.length
        return (head.type, content)
    }
}

/// Type and length of a box.
struct BoxHead: Hashable, Sendable {
    /// Four characters.
    let type: String
    /// Bytes, the head included.
    let length: Int
    let headLength: Int

    /// Nil if the bytes there are no head.
    init?(_ bytes: [UInt8], at position: Int) {
        var reader = ByteReader(bytes, at: position)
        guard let short = reader.unsigned(4), let name = reader.take(4) else { return nil }
        var length = short
        var headLength = 8
        if short == 1 {
            guard let long = reader.unsigned(8) else { return nil }
            length = long
            headLength = 16
        }
        guard length >= UInt64(headLength), length < 1 << 40 else { return nil }
        type = String(decoding: name, as: UTF8.self)
        self.length = Int(length)
        self.headLength = headLength
    }
}
