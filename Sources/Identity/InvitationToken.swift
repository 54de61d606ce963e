package import Domain

/// What an invitation carries: whom it is for, and a secret. Prints nothing of it.
package struct InvitationToken: Sendable, CustomStringConvertible, CustomReflectable {
    /// What it begins with, so that scanners of source code know what they found.
    package static let prefix = "sparc_inv_"

    private let secret: NamedSecret<IdentifierSubject.User>

    /// A new one.
    package init(tenant: TenantID, user: UserID) {
        secret = NamedSecret(tenant: tenant, subject: user)
    }

    /// Reads the text of one; nil for anything else.
    package init?(_ text: String) {
        guard let secret = NamedSecret<IdentifierSubject.User>(text, prefix: Self.prefix) else {
            return nil
        }
        self.secret = secret
    }

    package var tenant: TenantID { secret.tenant }
    package var user: UserID { secret.subject }

    /// A secret.
    package var text: String { secret.text(prefix: Self.prefix) }

    /// What the database has of it, 32 bytes.
    package var hash: [UInt8] { secret.hash }

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
