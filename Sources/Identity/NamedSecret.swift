internal import Crypto
import Domain
import Keys

/// What a one-time link or a key carries: an organisation's id, an id in it, and 256 random bits of
/// which the database has a hash. Prints nothing of it.
struct NamedSecret<Subject>: Sendable, CustomStringConvertible, CustomReflectable {
    private static var secretLength: Int { 32 }
    private static var length: Int { 2 * PackedIdentifier.length + secretLength }
    /// Characters of the longest, with its prefix.
    private static var textLimit: Int { 160 }

    let tenant: TenantID
    let subject: Identifier<Subject>
    private let secret: [UInt8]

    /// A new one.
    init(tenant: TenantID, subject: Identifier<Subject>) {
        self.tenant = tenant
        self.subject = subject
        var generator = SystemRandomNumberGenerator()
        secret = (0..<Self.secretLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Reads the text of one; nil for anything else.
    init?(_ text: String, prefix: String) {
        let length = PackedIdentifier.length
        guard text.utf8.count <= Self.textLimit, text.hasPrefix(prefix),
            let bytes = Base64.urlDecoded(text.dropFirst(prefix.count)), bytes.count == Self.length,
            let tenant: TenantID = PackedIdentifier.identifier(Array(bytes[..<length])),
            let subject: Identifier<Subject> = PackedIdentifier.identifier(
                Array(bytes[length..<2 * length])
            )
        else { return nil }
        self.tenant = tenant
        self.subject = subject
        secret = Array(bytes[(2 * length)...])
    }

    /// A secret.
    func text(prefix: String) -> String {
        prefix
            + Base64.urlEncoded(
                PackedIdentifier.bytes(of: tenant) + PackedIdentifier.bytes(of: subject) + secret
            )
    }

    /// SHA-256 of the random part. No slow hash: nobody can try 2^256.
    var hash: [UInt8] {
        Array(SHA256.hash(data: secret))
    }

    var description: String {
        "(secret of \(subject))"
    }

    var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
