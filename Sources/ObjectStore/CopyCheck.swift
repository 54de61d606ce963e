import Crypto
import Files

/// Whether a copy has the bytes that were sealed: by CRC-32C where the sealing computed one and the
/// processor can, else by SHA-256.
struct CopyCheck {
    private enum Kind {
        case crc(UInt32, expected: UInt32)
        case sha(SHA256, expected: String)
    }

    private var kind: Kind

    init(crc32c: UInt32) {
        kind = .crc(0xffff_ffff, expected: crc32c)
    }

    init(sha256: String) {
        kind = .sha(SHA256(), expected: sha256)
    }

    mutating func update(_ bytes: [UInt8]) {
        switch kind {
        case .crc(let register, let expected):
            // Without the instruction the register stays, and the check fails: nobody has computed
            // `expected` then.
            let next = HardwareChecksum.update(register, bytes.span) ?? register
            kind = .crc(next, expected: expected)
        case .sha(var hash, let expected):
            hash.update(data: bytes)
            kind = .sha(hash, expected: expected)
        }
    }

    var isGood: Bool {
        switch kind {
        case .crc(let register, let expected): ~register == expected
        case .sha(let hash, let expected): FileHash.hex(hash.finalize()) == expected
        }
    }
}
