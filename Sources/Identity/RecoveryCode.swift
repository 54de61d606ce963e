internal import Crypto
package import Domain
internal import Keys

/// What lets a person in once whose authenticator is lost: 80 random bits of which the database has
/// a hash. Prints nothing of it.
package struct RecoveryCode: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// Codes that a person has at once.
    package static let count = 10
    /// Characters of the longest text of one that is read, with what people put between.
    package static let textLimit = 40
    private static let length = 10
    private static let group = 4

    private let bytes: [UInt8]

    /// A new one.
    package init() {
        var generator = SystemRandomNumberGenerator()
        bytes = (0..<Self.length).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Reads what a person typed, in either case, with or without dashes and spaces; nil for
    /// anything else.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.textLimit else { return nil }
        let digits = text.filter { $0 != "-" && $0 != " " }
        guard let bytes = Base32.decoded(digits), bytes.count == Self.length else { return nil }
        self.bytes = bytes
    }

    /// A secret: four groups of four letters and digits.
    package var text: String {
        let digits = Array(Base32.encoded(bytes).lowercased())
        return stride(from: 0, to: digits.count, by: Self.group).map { start in
            String(digits[start..<min(start + Self.group, digits.count)])
        }.joined(separator: "-")
    }

    /// SHA-256 for one person, so that equal codes of two have different hashes. No slow hash:
    /// nobody can try 2^80.
    package func hash(_ tenant: TenantID, _ user: UserID) -> [UInt8] {
        let place = Array("sparc-recovery-1\n\(tenant)\n\(user)\n".utf8)
        return Array(SHA256.hash(data: place + bytes))
    }

    package var description: String {
        "(recovery code)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
