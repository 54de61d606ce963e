internal import CRedis

/// A command and its arguments, any bytes.
package struct RedisCommand: Sendable {
    package var words: [[UInt8]]

    package init(_ words: [UInt8]...) {
        self.words = words
    }

    package init(_ words: String...) {
        self.words = words.map { Array($0.utf8) }
    }

    /// As it goes over the connection, by hiredis; nil without memory for it.
    var formatted: [UInt8]? {
        let lengths = words.map(\.count)
        var flat: [UInt8] = []
        for word in words { flat += word }
        // An empty word needs an address too.
        flat.append(0)
        var target: UnsafeMutablePointer<CChar>?
        let count = unsafe flat.withUnsafeBytes { buffer in
            let base = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            var offset = 0
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            for length in lengths {
                unsafe pointers.append(base.map { unsafe $0 + offset })
                offset += length
            }
            return unsafe redisFormatCommandArgv(&target, Int32(lengths.count), &pointers, lengths)
        }
        guard count > 0, let target = unsafe target else { return nil }
        defer { unsafe redisFreeCommand(target) }
        let bytes = unsafe UnsafeRawBufferPointer(start: target, count: Int(count))
        return unsafe Array(bytes)
    }
}
