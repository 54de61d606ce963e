internal import Domain

/// What a sealed value says of itself before it is opened: 5 bytes, not yet authenticated.
package struct SealedHeader: Hashable, Sendable {
    /// Bytes of a header.
    static let length = 5

    /// 1: under a key that derives from the master key; 2: under a data key of the tenant.
    package let version: UInt8
    /// Number of the key.
    package let number: UInt32

    /// Throws `malformedEnvelope` for a length that no sealed value has, `unknownVersion` for
    /// another version than 1 and 2.
    package init(_ sealed: [UInt8]) throws(KeysError) {
        let lengths = SealingKey.overhead...(SealingKey.plainLimit + SealingKey.overhead)
        guard lengths.contains(sealed.count) else {
            throw KeysError(
                code: .malformedEnvelope,
                message: "the stored secret has a length that no envelope has: it is damaged"
            )
        }
        var reader = ByteReader(sealed)
        guard let version = reader.unsigned(1), 1...2 ~= version, let number = reader.unsigned(4)
        else {
            throw KeysError(
                code: .unknownVersion,
                message: "the stored secret was written by a newer version, or is damaged"
            )
        }
        self.version = UInt8(truncatingIfNeeded: version)
        self.number = UInt32(truncatingIfNeeded: number)
    }
}
