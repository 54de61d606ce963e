package import Domain

/// What ties the parts of one login through a provider together: which login it is, and a secret.
/// `state` (RFC 6749 section 10.12) travels through the provider, the other stays in the browser's
/// cookie; neither can be made from the other. Prints nothing of it.
package struct ProviderLoginToken: Sendable, CustomStringConvertible, CustomReflectable {
    /// Where it is.
    package enum Kind: String, Sendable, Hashable {
        case state = "sparc_state_"
        case browser = "sparc_browser_"
    }

    package let kind: Kind
    private let secret: NamedSecret<IdentifierSubject.ProviderLogin>

    /// A new one.
    package init(_ kind: Kind, tenant: TenantID, login: ProviderLoginID) {
        self.kind = kind
        secret = NamedSecret(tenant: tenant, subject: login)
    }

    /// Reads the text of one; nil for anything else.
    package init?(_ kind: Kind, _ text: String) {
        guard
            let secret = NamedSecret<IdentifierSubject.ProviderLogin>(text, prefix: kind.rawValue)
        else { return nil }
        self.kind = kind
        self.secret = secret
    }

    package var tenant: TenantID { secret.tenant }
    package var login: ProviderLoginID { secret.subject }

    /// A secret.
    package var text: String { secret.text(prefix: kind.rawValue) }

    /// What the database has of it, 32 bytes.
    package var hash: [UInt8] { secret.hash }

    package var description: String {
        "(\(kind) of login \(login))"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
