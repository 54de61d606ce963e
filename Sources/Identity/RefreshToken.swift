internal import Crypto
package import Domain
internal import Keys

/// What is exchanged for new tokens, once: opaque for clients, and kept nowhere.
///
/// It names its session and its number in it, with a code under a key that derives from the master
/// key. The database knows which number is good: neither its rows nor a copy of it make a token.
package struct RefreshToken: Hashable, Sendable {
    /// What it begins with, so that scanners of source code know what they found.
    package static let prefix = "sparc_rt_"
    private static let bodyLength = 2 * PackedIdentifier.length + 8
    private static let codeLength = 32
    private static let textLimit = 160

    package var tenant: TenantID
    package var session: SessionID
    /// From 1; each exchange makes the next.
    package var generation: Int64

    package init(tenant: TenantID, session: SessionID, generation: Int64) {
        self.tenant = tenant
        self.session = session
        self.generation = generation
    }

    /// The token's text, with `KeyRing.derive(.refreshToken)`.
    package func text(key: [UInt8]) -> String {
        var writer = ByteWriter()
        writer.append(PackedIdentifier.bytes(of: tenant))
        writer.append(PackedIdentifier.bytes(of: session))
        writer.signed64(generation)
        return Self.prefix + Base64.urlEncoded(writer.bytes + Self.code(writer.bytes, key))
    }

    /// Reads and checks a text. Throws `malformed` or `notAuthentic`.
    package init(_ text: String, key: [UInt8]) throws(TokenError) {
        guard text.utf8.count <= Self.textLimit, text.hasPrefix(Self.prefix),
            let bytes = Base64.urlDecoded(text.dropFirst(Self.prefix.count)),
            bytes.count == Self.bodyLength + Self.codeLength
        else { throw TokenError(.malformed) }
        let body = Array(bytes[..<Self.bodyLength])
        guard ConstantTime.equal(Array(bytes[Self.bodyLength...]), Self.code(body, key)) else {
            throw TokenError(.notAuthentic)
        }
        var reader = ByteReader(body)
        guard
            let tenant: TenantID = PackedIdentifier.identifier(
                reader.take(PackedIdentifier.length)
            ),
            let session: SessionID = PackedIdentifier.identifier(
                reader.take(PackedIdentifier.length)
            ),
            let generation = reader.signed64(), generation > 0
        else { throw TokenError(.malformed) }
        self.init(tenant: tenant, session: session, generation: generation)
    }

    private static func code(_ body: [UInt8], _ key: [UInt8]) -> [UInt8] {
        let message = Array("sparc-refresh-1\n".utf8) + body
        return Array(
            HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key))
        )
    }
}
