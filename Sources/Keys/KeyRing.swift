internal import Crypto

/// Derives every key of a purpose from the master key (HKDF with SHA-256, RFC 5869). Prints nothing
/// of it.
package struct KeyRing: Sendable, CustomStringConvertible, CustomReflectable {
    /// Bytes of every derived key.
    package static let keyLength = 32
    /// Fixed: the master key is uniform already (RFC 5869 section 3.1).
    private static let salt = Array("sparc key ring".utf8)

    private let pseudorandomKey: SymmetricKey

    /// Throws `wrongKeyLength` unless the master key has 32 bytes (see `MasterKey.parse`).
    package init(masterKey: [UInt8]) throws(KeysError) {
        guard masterKey.count == MasterKey.length else {
            throw KeysError(
                code: .wrongKeyLength,
                message: "a master key has \(MasterKey.length) bytes, not \(masterKey.count)"
            )
        }
        let code = HMAC<SHA256>.authenticationCode(
            for: masterKey,
            using: SymmetricKey(data: Self.salt)
        )
        pseudorandomKey = SymmetricKey(data: Array(code))
    }

    /// The 32-byte key of a purpose: the same for ever for the same master key.
    package func derive(_ purpose: KeyPurpose) -> [UInt8] {
        // One block of HKDF-Expand is as long as the key: T(1) = HMAC(PRK, info | 0x01).
        Array(
            HMAC<SHA256>.authenticationCode(
                for: Array(purpose.name.utf8) + [1],
                using: pseudorandomKey
            )
        )
    }

    package var description: String {
        "(key ring)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
