import Crypto
import Files

/// SHA-256 of bytes that come in pieces, and their CRC-32C where the processor has it for nothing.
package struct FileHasher: Sendable {
    private var hash = SHA256()
    private var register: UInt32? = 0xffff_ffff
    /// Bytes so far.
    package private(set) var length = 0

    package init() {}

    package mutating func update(_ bytes: [UInt8]) {
        hash.update(data: bytes)
        register = register.flatMap { HardwareChecksum.update($0, bytes.span) }
        length += bytes.count
    }

    /// CRC-32C of all bytes so far; nil where the processor has no instruction for it.
    package var crc32c: UInt32? { register.map { ~$0 } }

    /// 64 lower-case hex digits of all bytes so far.
    package func finish() -> String {
        FileHash.hex(hash.finalize())
    }
}
