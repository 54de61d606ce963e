internal import Crypto
package import Domain
internal import FoundationEssentials

/// The head of an organisation's audit log at one moment, signed, for keeping outside the database.
///
/// Who can write the database, its owner included, cannot make one: the key derives from the master
/// key. A log that does not have what an anchor says was changed or cut.
package struct AuditAnchor: Hashable, Sendable, Codable {
    package var tenant: TenantID
    /// Entries of the log then.
    package var position: Int64
    /// Hash of the last one, lower-case hex.
    package var hash: String
    package var at: WallTime
    /// HMAC-SHA256 of all of the above, lower-case hex.
    package private(set) var signature: String

    package init(
        tenant: TenantID,
        position: Int64,
        hash: [UInt8],
        at: WallTime,
        key: [UInt8]
    ) {
        self.tenant = tenant
        self.position = position
        self.hash = Self.hex(hash)
        self.at = at
        signature = ""
        signature = Self.hex(Array(code(key)))
    }

    /// Whether it was made with the key.
    package func isGenuine(key: [UInt8]) -> Bool {
        ConstantTime.equal(signature, Self.hex(Array(code(key))))
    }

    /// Whether it says that the log's entry of its position has this hash.
    package func says(_ hash: [UInt8]) -> Bool {
        self.hash == Self.hex(hash)
    }

    private func code(_ key: [UInt8]) -> HMAC<SHA256>.MAC {
        let text = "\(tenant)/\(position)/\(hash)/\(at.microseconds)"
        return HMAC<SHA256>.authenticationCode(
            for: Array(text.utf8),
            using: SymmetricKey(data: key)
        )
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
