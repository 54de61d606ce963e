import Domain

/// Compares a closed chunk's bytes, in the order in which they come, with what its journal lists. A
/// value.
struct FragmentCheck {
    private let fragments: [FragmentRecord]
    private let headLength: Int
    private let headHash: String
    private var hash = FNV1a()
    private var register = CRC32C.initial
    private var next = 0
    private var position = 0
    private var isRight = true

    init(_ header: ChunkHeader, _ fragments: [FragmentRecord]) {
        self.fragments = fragments
        headLength = header.initializationLength
        headHash = header.initializationHash
    }

    /// Whether everything that is listed came, nothing else, and all of it right.
    var isWhole: Bool {
        isRight && next == fragments.count && position >= headLength
    }

    mutating func update(_ bytes: Span<UInt8>) {
        var index = 0
        while isRight, index < bytes.count {
            let isHead = position < headLength
            guard isHead || next < fragments.count else {
                isRight = false
                return
            }
            let end = isHead ? headLength : fragments[next].offset + fragments[next].length
            let count = min(end - position, bytes.count - index)
            let piece = bytes.extracting(index..<(index + count))
            if isHead {
                for offset in piece.indices { hash.update(CollectionOfOne(piece[offset])) }
            } else {
                register = CRC32C.update(register, piece)
            }
            index += count
            position += count
            if position == end { conclude(isHead) }
        }
    }

    private mutating func conclude(_ isHead: Bool) {
        if isHead {
            isRight = hash.hexDigits == headHash
        } else {
            isRight = ~register == fragments[next].crc
            register = CRC32C.initial
            next += 1
        }
    }
}
