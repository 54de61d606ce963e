internal import CRedis

/// Puts answers together from bytes as they come: the one owner of a hiredis reader.
///
/// Used on one thread at a time. What hiredis makes of the bytes is copied at once and freed.
@safe struct RedisReader: ~Copyable {
    /// Arrays in arrays; hiredis has room for no more than eight.
    private static let depthLimit = 8

    private let reader: UnsafeMutablePointer<redisReader>
    /// What the reader points to; freed after it.
    private let limits: UnsafeMutablePointer<sparc_redis_limits>

    init() throws(RedisError) {
        let limits = UnsafeMutablePointer<sparc_redis_limits>.allocate(capacity: 1)
        guard let reader = unsafe sparc_redis_reader(limits) else {
            unsafe limits.deallocate()
            throw RedisError(.malformed, "hiredis does not start")
        }
        unsafe self.reader = reader
        unsafe self.limits = limits
    }

    deinit {
        unsafe redisReaderFree(reader)
        unsafe limits.deallocate()
    }

    mutating func feed(_ bytes: ArraySlice<UInt8>) throws(RedisError) {
        let status = unsafe bytes.withUnsafeBytes { bytes in
            unsafe redisReaderFeed(
                reader,
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                bytes.count
            )
        }
        guard status == REDIS_OK else { throw unreadable }
    }

    /// The next whole answer; nil until there is one.
    mutating func next() throws(RedisError) -> RedisReply? {
        var reply: UnsafeMutableRawPointer?
        guard unsafe redisReaderGetReply(reader, &reply) == REDIS_OK else { throw unreadable }
        guard let reply = unsafe reply else { return nil }
        defer { unsafe freeReplyObject(reply) }
        return unsafe Self.copy(reply.assumingMemoryBound(to: redisReply.self), Self.depthLimit)
    }

    private var unreadable: RedisError {
        RedisError(
            .malformed,
            "what came is no answer of Redis; does REDIS_URL name its port, and rediss:// one with TLS?"
        )
    }

    private static func copy(_ reply: UnsafeMutablePointer<redisReply>, _ depth: Int) -> RedisReply
    {
        let value = unsafe reply.pointee
        let bytes = unsafe UnsafeRawBufferPointer(
            start: value.str,
            count: value.str == nil ? 0 : value.len
        )
        switch unsafe value.type {
        case REDIS_REPLY_INTEGER: return unsafe .integer(value.integer)
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: return unsafe .bytes(Array(bytes))
        case REDIS_REPLY_ERROR: return unsafe .error(String(decoding: bytes, as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            guard depth > 0 else { return .null }
            return unsafe .array(
                (0..<value.elements).map { index in
                    guard let element = unsafe value.element?[index] else { return .null }
                    return unsafe copy(element, depth - 1)
                }
            )
        default: return .null
        }
    }
}
