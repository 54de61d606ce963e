package import Domain

/// What a program shows in place of an access token: which key it is, and a secret. Prints nothing
/// of it.
package struct APIKeyToken: Sendable, CustomStringConvertible, CustomReflectable {
    /// What it begins with, so that scanners of source code know what they found.
    package static let prefix = "sparc_key_"

    private let secret: NamedSecret<IdentifierSubject.APIKey>

    /// A new one.
    package init(tenant: TenantID, key: APIKeyID) {
        secret = NamedSecret(tenant: tenant, subject: key)
    }

    /// Reads the text of one; nil for anything else.
    package init?(_ text: String) {
        guard let secret = NamedSecret<IdentifierSubject.APIKey>(text, prefix: Self.prefix) else {
            return nil
        }
        self.secret = secret
    }

    package var tenant: TenantID { secret.tenant }
    package var key: APIKeyID { secret.subject }

    /// A secret.
    package var text: String { secret.text(prefix: Self.prefix) }

    /// What the database has of it, 32 bytes.
    package var hash: [UInt8] { secret.hash }

    package var description: String {
        "(API key \(key))"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
