internal import Crypto
internal import Domain
internal import FoundationEssentials

/// A key that encrypts small secrets for the database with AES-256-GCM. Prints nothing of it.
///
/// Bytes of a sealed value: version (1), key number (4, big-endian), nonce (12, random), cipher
/// text, tag (16). Version, number and the place of the value are authenticated with it. Random
/// nonces are safe for 2^32 values a key (NIST SP 800-38D 8.3), far above what a tenant has.
package struct SealingKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// The longest plain text, bytes: passwords and tokens, not files.
    package static let plainLimit = 65_536
    /// Bytes that sealing adds to its plain text.
    package static let overhead = 33

    package let number: UInt32
    private let version: UInt8
    private let key: SymmetricKey

    /// A data key of a tenant. Throws `wrongKeyLength` unless it has 32 bytes.
    package init(number: UInt32, bytes: [UInt8]) throws(KeysError) {
        guard bytes.count == KeyRing.keyLength else {
            throw KeysError(
                code: .wrongKeyLength,
                message: "a data key must have \(KeyRing.keyLength) bytes"
            )
        }
        self.init(version: 2, number: number, bytes: bytes)
    }

    private init(version: UInt8, number: UInt32, bytes: [UInt8]) {
        self.version = version
        self.number = number
        key = SymmetricKey(data: bytes)
    }

    /// Bytes of a new random data key.
    static func randomBytes() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<KeyRing.keyLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// The key of values of version 1, which were sealed for all tenants under one that derives
    /// from the master key.
    package static func ofAllTenants(_ ring: KeyRing) -> SealingKey {
        SealingKey(version: 1, number: 1, bytes: ring.derive(.envelope(1)))
    }

    /// The key that wraps data keys; its number tells master keys apart and nothing of them.
    static func wrapping(_ ring: KeyRing) -> SealingKey {
        let number = ring.derive(.masterKeyNumber).prefix(4).reduce(UInt32(0)) {
            $0 << 8 | UInt32($1)
        }
        return SealingKey(version: 2, number: number, bytes: ring.derive(.dataKeyWrapping))
    }

    /// Encrypts bytes for one place. Throws `tooLong` above `plainLimit`.
    package func seal(_ plain: [UInt8], for context: EnvelopeContext) throws(KeysError) -> [UInt8] {
        guard plain.count <= Self.plainLimit else {
            throw KeysError(
                code: .tooLong,
                message: "a stored secret has at most \(Self.plainLimit) bytes"
            )
        }
        let authenticated = context.authenticatedBytes(version: version, keyID: number)
        guard
            let box = try? AES.GCM.seal(plain, using: key, authenticating: authenticated),
            let combined = box.combined
        else {
            throw KeysError(code: .wrongKeyLength, message: "the envelope key cannot encrypt")
        }
        var writer = ByteWriter()
        writer.unsigned(UInt64(version), 1)
        writer.unsigned(UInt64(number), 4)
        writer.append(combined)
        return writer.bytes
    }

    /// Decrypts what `seal` made for the same place.
    ///
    /// Throws `malformedEnvelope`, `unknownVersion`, `unknownKey` or `notAuthentic`.
    package func open(_ sealed: [UInt8], for context: EnvelopeContext) throws(KeysError) -> [UInt8]
    {
        let header = try SealedHeader(sealed)
        guard header.version == version, header.number == number else {
            throw KeysError(
                code: .unknownKey,
                message: "the stored secret needs key \(header.number), which is not given"
            )
        }
        let authenticated = context.authenticatedBytes(version: version, keyID: number)
        guard let box = try? AES.GCM.SealedBox(combined: sealed[SealedHeader.length...]),
            let plain = try? AES.GCM.open(box, using: key, authenticating: authenticated)
        else {
            throw KeysError(
                code: .notAuthentic,
                message: "the stored secret does not open: the master key is another one, or the "
                    + "row was changed; give the master key it was written with"
            )
        }
        return Array(plain)
    }

    package var description: String {
        "(sealing key \(number))"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
