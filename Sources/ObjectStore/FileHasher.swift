import Crypto
package import Files

/// SHA-256 of bytes that come in pieces, of a file or an object.
package struct FileHasher: Sendable {
    private var hash = SHA256()
    /// Bytes so far.
    package private(set) var length = 0

    package init() {}

    package mutating func update(_ block: FileBlock) {
        block.withData { hash.update(data: $0) }
        length += block.count
    }

    package mutating func update(_ bytes: [UInt8]) {
        hash.update(data: bytes)
        length += bytes.count
    }

    /// 64 lower-case hex digits of all bytes so far.
    package func finish() -> String {
        FileHash.hex(hash.finalize())
    }
}
