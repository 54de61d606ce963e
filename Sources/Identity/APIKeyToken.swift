internal import Crypto
package import Domain
internal import Keys

/// What a program shows in place of an access token: which key it is, and 256 random bits of which
/// the database has a hash. Prints nothing of it.
package struct APIKeyToken: Sendable, CustomStringConvertible, CustomReflectable {
    /// What it begins with, so that scanners of source code know what they found.
    package static let prefix = "sparc_key_"
    private static let secretLength = 32
    private static let length = 2 * PackedIdentifier.length + secretLength
    private static let textLimit = 160

    package let tenant: TenantID
    package let key: APIKeyID
    private let secret: [UInt8]

    /// A new one.
    package init(tenant: TenantID, key: APIKeyID) {
        self.tenant = tenant
        self.key = key
        var generator = SystemRandomNumberGenerator()
        secret = (0..<Self.secretLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Reads the text of one; nil for anything else.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.textLimit, text.hasPrefix(Self.prefix),
            let bytes = Base64.decoded(text.dropFirst(Self.prefix.count)),
            bytes.count == Self.length,
            let tenant: TenantID = PackedIdentifier.identifier(Array(bytes[..<16])),
            let key: APIKeyID = PackedIdentifier.identifier(Array(bytes[16..<32]))
        else { return nil }
        self.tenant = tenant
        self.key = key
        secret = Array(bytes[32...])
    }

    /// A secret.
    package var text: String {
        Self.prefix
            + Base64.urlEncoded(
                PackedIdentifier.bytes(of: tenant) + PackedIdentifier.bytes(of: key) + secret
            )
    }

    /// SHA-256 of the random part. No slow hash: nobody can try 2^256.
    package var hash: [UInt8] {
        Array(SHA256.hash(data: secret))
    }

    package var description: String {
        "(API key \(key))"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
