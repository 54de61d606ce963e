/// An answer of Redis (RESP 2).
package enum RedisReply: Hashable, Sendable {
    case null
    case integer(Int64)
    /// A string or a status.
    case bytes([UInt8])
    /// The first word says what is wrong, such as `WRONGPASS`.
    case error(String)
    case array([RedisReply])

    /// Nil for anything but a string.
    package var text: String? {
        if case .bytes(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
    }

    /// Nil for anything but an array.
    package var elements: [RedisReply]? {
        if case .array(let elements) = self { elements } else { nil }
    }
}
