import Crypto

/// SHA-256 of bytes that come in pieces.
package struct FileHasher: Sendable {
    private var hash = SHA256()
    /// Bytes so far.
    package private(set) var length = 0

    package init() {}

    package mutating func update(_ bytes: [UInt8]) {
        hash.update(data: bytes)
        length += bytes.count
    }

    /// 64 lower-case hex digits of all bytes so far.
    package func finish() -> String {
        FileHash.hex(hash.finalize())
    }
}
