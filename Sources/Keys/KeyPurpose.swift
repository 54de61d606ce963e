/// What a derived key is for. Two purposes never share a key; a released purpose never changes.
package struct KeyPurpose: Hashable, Sendable, ExpressibleByStringLiteral {
    /// Written into the derivation, such as `media-signature/1`.
    package let name: String

    package init(_ name: String) {
        self.name = name
    }

    package init(stringLiteral value: String) {
        name = value
    }

    /// Signs media paths; given to workers.
    package static let mediaSignature: KeyPurpose = "media-signature/1"
    /// The Ed25519 key that signs access tokens in one period.
    package static func tokenSignature(period: Int64) -> KeyPurpose {
        KeyPurpose("access-token-ed25519/1/\(period)")
    }

    /// Makes refresh tokens.
    package static let refreshToken: KeyPurpose = "refresh-token/1"
    /// Signs what a device shows that has logged in before.
    package static let deviceToken: KeyPurpose = "device-token/1"
    /// Signs the playlist URLs that carry their own right.
    package static let playlistToken: KeyPurpose = "playlist-token/1"

    /// Signs what coordinators tell one another through Redis.
    package static let hintSignature: KeyPurpose = "hint-signature/1"
    /// Hides there the accounts and addresses that logins are counted by.
    package static let hintBlinding: KeyPurpose = "hint-blinding/1"
    /// Names the stream there, so that two installations on one Redis do not meet; no key.
    package static let hintStream: KeyPurpose = "hint-stream/1"

    /// Signs the heads of audit logs that are kept outside the database.
    package static let auditAnchor: KeyPurpose = "audit-anchor/1"

    /// Wraps tenants' data keys.
    package static let dataKeyWrapping: KeyPurpose = "data-key-wrapping/1"
    /// Tells in a wrapped data key which master key it is under; no key.
    package static let masterKeyNumber: KeyPurpose = "master-key-number/1"

    /// Encrypted stored secrets of all tenants, until each got data keys: version 1.
    package static func envelope(_ keyID: UInt32) -> KeyPurpose {
        KeyPurpose("envelope/\(keyID)")
    }

    /// The password of a database role that `sparc migrate` sets.
    package static func databasePassword(role: String) -> KeyPurpose {
        KeyPurpose("database-password/1/\(role)")
    }
}
