package import Domain

/// Where an organisation's people log in (OpenID Connect), without its secret.
package struct IdentityProvider: Hashable, Sendable {
    /// Providers of one organisation, of which one may be switched on: room to change over.
    package static let countLimit = 8

    package var id: IdentityProviderID
    package var name: String
    /// Never changes.
    package var issuer: String
    package var clientID: String
    /// In lower case; a first login needs a verified address of one of them.
    package var emailDomains: [String]
    /// Whether an address counts as verified of which the provider does not say so.
    package var assumesVerifiedEmail: Bool
    /// Whether its logins count as shown with a second factor, whatever it says of them.
    package var isTrustedForFactor: Bool
    /// Whether somebody who is not known yet is made.
    package var createsPeople: Bool
    /// Of who is made; a role of `Identity`, opaque here.
    package var role: String
    package var isEnabled: Bool
    package var createdAt: WallTime

    package init(
        id: IdentityProviderID,
        name: String,
        issuer: String,
        clientID: String,
        emailDomains: [String],
        assumesVerifiedEmail: Bool,
        isTrustedForFactor: Bool,
        createsPeople: Bool,
        role: String,
        isEnabled: Bool,
        createdAt: WallTime = WallTime(microseconds: 0)
    ) {
        self.id = id
        self.name = name
        self.issuer = issuer
        self.clientID = clientID
        self.emailDomains = emailDomains
        self.assumesVerifiedEmail = assumesVerifiedEmail
        self.isTrustedForFactor = isTrustedForFactor
        self.createsPeople = createsPeople
        self.role = role
        self.isEnabled = isEnabled
        self.createdAt = createdAt
    }
}
