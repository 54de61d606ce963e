package import Domain

/// Whom a login opens.
package enum ProviderLoginGrant: Hashable, Sendable {
    case known(UserID)
    /// The subject is linked with this person from now on.
    case link(UserID)
    /// A person without a password is made, and linked.
    case create(UserID, email: String, role: String)
}
