internal import Crypto
internal import Domain
internal import FoundationEssentials

/// Encrypts small secrets for the database with AES-256-GCM.
///
/// Bytes: version (1), key id (4, big-endian), nonce (12, random), cipher text, tag (16). Random
/// nonces are safe for 2^32 values a key (NIST SP 800-38D 8.3), far above what a catalogue holds.
package struct Envelope: Sendable, CustomStringConvertible, CustomReflectable {
    /// The longest plain text, bytes: passwords and tokens, not files.
    package static let plainLimit = 65_536
    /// Bytes that an envelope adds to its plain text.
    package static let overhead = 33
    private static let version: UInt8 = 1
    private static let headerLength = 5
    private static let tagAndNonceLength = 28

    private let current: UInt32
    private let keys: [UInt32: SymmetricKey]

    /// Seals with key `current` and opens with all of them.
    ///
    /// Throws `unknownKey` if `current` is not among the keys, `wrongKeyLength` unless each has 32
    /// bytes.
    package init(current: UInt32, keys: [UInt32: [UInt8]]) throws(KeysError) {
        guard keys[current] != nil else {
            throw KeysError(code: .unknownKey, message: "the current envelope key is not given")
        }
        guard keys.values.allSatisfy({ $0.count == KeyRing.keyLength }) else {
            throw KeysError(
                code: .wrongKeyLength,
                message: "an envelope key must have \(KeyRing.keyLength) bytes"
            )
        }
        self.current = current
        self.keys = keys.mapValues { SymmetricKey(data: $0) }
    }

    /// The envelope of a key ring: one key, id 1, derived for the purpose.
    package init(ring: KeyRing) {
        current = 1
        keys = [1: SymmetricKey(data: ring.derive(.envelope(1)))]
    }

    /// Encrypts bytes for one place. Throws `tooLong` above `plainLimit`.
    package func seal(_ plain: [UInt8], for context: EnvelopeContext) throws(KeysError) -> [UInt8] {
        guard plain.count <= Self.plainLimit else {
            throw KeysError(
                code: .tooLong,
                message: "a stored secret has at most \(Self.plainLimit) bytes"
            )
        }
        guard let key = keys[current] else {
            throw KeysError(code: .unknownKey, message: "the current envelope key is not given")
        }
        let authenticated = context.authenticatedBytes(version: Self.version, keyID: current)
        guard
            let box = try? AES.GCM.seal(plain, using: key, authenticating: authenticated),
            let combined = box.combined
        else {
            throw KeysError(code: .wrongKeyLength, message: "the envelope key cannot encrypt")
        }
        var writer = ByteWriter()
        writer.unsigned(UInt64(Self.version), 1)
        writer.unsigned(UInt64(current), 4)
        writer.append(combined)
        return writer.bytes
    }

    /// Decrypts what `seal` made for the same place.
    ///
    /// Throws `malformedEnvelope`, `unknownVersion`, `unknownKey` or `notAuthentic`.
    package func open(_ sealed: [UInt8], for context: EnvelopeContext) throws(KeysError) -> [UInt8]
    {
        guard sealed.count >= Self.headerLength + Self.tagAndNonceLength,
            sealed.count <= Self.plainLimit + Self.overhead
        else {
            throw KeysError(
                code: .malformedEnvelope,
                message: "the stored secret has a length that no envelope has: it is damaged"
            )
        }
        var reader = ByteReader(sealed)
        guard reader.unsigned(1) == UInt64(Self.version), let keyID = reader.unsigned(4) else {
            throw KeysError(
                code: .unknownVersion,
                message: "the stored secret was written by a newer version, or is damaged"
            )
        }
        guard let key = keys[UInt32(truncatingIfNeeded: keyID)] else {
            throw KeysError(
                code: .unknownKey,
                message: "the stored secret needs envelope key \(keyID), which is not given"
            )
        }
        let authenticated = context.authenticatedBytes(
            version: Self.version,
            keyID: UInt32(truncatingIfNeeded: keyID)
        )
        guard let box = try? AES.GCM.SealedBox(combined: sealed[Self.headerLength...]),
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
        "(envelope, key \(current))"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
