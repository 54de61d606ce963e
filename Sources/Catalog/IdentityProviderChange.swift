/// What is changed of a provider; nil leaves it.
package struct IdentityProviderChange: Sendable {
    package var name: String?
    package var clientID: String?
    /// Sealed.
    package var clientSecret: [UInt8]?
    package var emailDomains: [String]?
    package var assumesVerifiedEmail: Bool?
    package var isTrustedForFactor: Bool?
    package var createsPeople: Bool?
    package var role: String?
    package var isEnabled: Bool?

    package init(
        name: String? = nil,
        clientID: String? = nil,
        clientSecret: [UInt8]? = nil,
        emailDomains: [String]? = nil,
        assumesVerifiedEmail: Bool? = nil,
        isTrustedForFactor: Bool? = nil,
        createsPeople: Bool? = nil,
        role: String? = nil,
        isEnabled: Bool? = nil
    ) {
        self.name = name
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.emailDomains = emailDomains
        self.assumesVerifiedEmail = assumesVerifiedEmail
        self.isTrustedForFactor = isTrustedForFactor
        self.createsPeople = createsPeople
        self.role = role
        self.isEnabled = isEnabled
    }
}
