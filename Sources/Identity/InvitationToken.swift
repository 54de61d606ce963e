internal import Crypto
package import Domain
internal import Keys

/// What an invitation carries: whom it is for, and 256 random bits of which the database has a hash.
/// Prints nothing of it.
package struct InvitationToken: Sendable, CustomStringConvertible, CustomReflectable {
    /// What it begins with, so that scanners of source code know what they found.
    package static let prefix = "sparc_inv_"
    private static let secretLength = 32
    private static let length = 2 * PackedIdentifier.length + secretLength

    package let tenant: TenantID
    package let user: UserID
    private let secret: [UInt8]

    /// A new one.
    package init(tenant: TenantID, user: UserID) {
        self.tenant = tenant
        self.user = user
        var generator = SystemRandomNumberGenerator()
        secret = (0..<Self.secretLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Reads the text of one; nil for anything else.
    package init?(_ text: String) {
        guard text.utf8.count <= 160, text.hasPrefix(Self.prefix),
            let bytes = Base64.decoded(text.dropFirst(Self.prefix.count)),
            bytes.count == Self.length,
            let tenant: TenantID = PackedIdentifier.identifier(Array(bytes[..<16])),
            let user: UserID = PackedIdentifier.identifier(Array(bytes[16..<32]))
        else { return nil }
        self.tenant = tenant
        self.user = user
        secret = Array(bytes[32...])
    }

    /// A secret.
    package var text: String {
        Self.prefix
            + Base64.urlEncoded(
                PackedIdentifier.bytes(of: tenant) + PackedIdentifier.bytes(of: user) + secret
            )
    }

    /// SHA-256 of the random part. No slow hash: nobody can try 2^256.
    package var hash: [UInt8] {
        Array(SHA256.hash(data: secret))
    }

    /// The page where it is used. In the fragment, which browsers never send.
    package var path: String {
        "/invitation#token=\(text)"
    }

    package var description: String {
        "(invitation of \(user))"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
