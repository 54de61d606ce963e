internal import Crypto
package import Domain
internal import Keys

/// The right to read one camera's playlists, in a URL: what a player gets that can send no header.
///
/// It names the person, whose right is looked up again at every playlist: the ticket alone gives
/// none.
package struct PlaylistTicket: Hashable, Sendable {
    /// How long a ticket is good, seconds: a shift in front of a screen.
    package static let lifetime: Int64 = 12 * 3_600
    private static let length = 3 * PackedIdentifier.length + 1 + 8
    private static let signatureLength = 24

    package var tenant: TenantID
    package var user: UserID
    /// The login that it comes from; it ends with that.
    package var session: SessionID
    package var camera: CameraID
    /// Whether it is for recordings too: a key may have a part of its person's rights.
    package var allowsArchive: Bool
    /// Seconds since 1970.
    package var expiresAt: Int64

    package init(
        tenant: TenantID,
        user: UserID,
        session: SessionID,
        camera: CameraID,
        allowsArchive: Bool,
        expiresAt: Int64
    ) {
        self.tenant = tenant
        self.user = user
        self.session = session
        self.camera = camera
        self.allowsArchive = allowsArchive
        self.expiresAt = expiresAt
    }

    /// The text for a query, signed with `KeyRing.derive(.playlistToken)`.
    package func text(key: [UInt8]) -> String {
        var writer = ByteWriter()
        writer.append(PackedIdentifier.bytes(of: tenant))
        writer.append(PackedIdentifier.bytes(of: user))
        writer.append(PackedIdentifier.bytes(of: session))
        writer.append([allowsArchive ? 1 : 0])
        writer.signed64(expiresAt)
        return Base64.urlEncoded(writer.bytes + Self.signature(writer.bytes, camera, key))
    }

    /// Reads and checks the ticket of a camera. Throws `malformed`, `notAuthentic` or `expired`.
    package init(
        _ text: String,
        camera: CameraID,
        key: [UInt8],
        now: WallTime
    ) throws(TokenError) {
        guard text.utf8.count <= 160, let bytes = Base64.urlDecoded(text),
            bytes.count == Self.length + Self.signatureLength
        else { throw TokenError(.malformed) }
        let body = Array(bytes[..<Self.length])
        var reader = ByteReader(body)
        guard let tenant: TenantID = PackedIdentifier.identifier(reader.take(16)),
            let user: UserID = PackedIdentifier.identifier(reader.take(16)),
            let session: SessionID = PackedIdentifier.identifier(reader.take(16)),
            let flags = reader.take(1), let expiresAt = reader.signed64()
        else { throw TokenError(.malformed) }
        let expected = Self.signature(body, camera, key)
        guard ConstantTime.equal(Array(bytes[Self.length...]), expected) else {
            throw TokenError(.notAuthentic)
        }
        guard now.microseconds / 1_000_000 < expiresAt else { throw TokenError(.expired) }
        self.init(
            tenant: tenant,
            user: user,
            session: session,
            camera: camera,
            allowsArchive: flags == [1],
            expiresAt: expiresAt
        )
    }

    private static func signature(
        _ body: [UInt8],
        _ camera: CameraID,
        _ key: [UInt8]
    ) -> [UInt8] {
        let message = Array("sparc-playlist-3\n\(camera)\n".utf8) + body
        let code = HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key))
        return Array(code.prefix(signatureLength))
    }
}
