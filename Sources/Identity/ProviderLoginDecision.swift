package import Domain

/// Whose account a login through a provider opens: a value, without clock or I/O.
///
/// A person is known by issuer and subject alone. The e-mail address counts once, at the first login:
/// verified by the provider and of a domain that the organisation lists, it finds the account that has
/// it, or makes one. It never finds that of an owner, so that no change at the provider takes an
/// organisation over, nor one that another subject of the provider is linked with: an address that was
/// given to somebody else does not take the account along.
package enum ProviderLoginDecision: Hashable, Sendable {
    /// The person that issuer and subject are linked with.
    case known(UserID)
    /// Links them with this person first.
    case link(UserID)
    /// Makes a person with this address, and links.
    case create(email: String)
    case refused(Refusal)

    /// For the log; the login page says one thing for all.
    package enum Refusal: String, Error, Sendable, Hashable, CaseIterable {
        case disabled
        case emailMissing = "email_missing"
        case emailNotVerified = "email_not_verified"
        case emailMalformed = "email_malformed"
        case domainNotListed = "domain_not_listed"
        case ownersAreNotLinked = "owners_are_not_linked"
        case linkedOtherwise = "linked_otherwise"
        case notCreated = "not_created"
    }

    /// An account, as the decision needs it.
    package struct Account: Hashable, Sendable {
        package var user: UserID
        package var role: String
        package var isDisabled: Bool
        /// Whether another subject of the same provider is linked with it.
        package var isLinked: Bool

        package init(user: UserID, role: String, isDisabled: Bool, isLinked: Bool) {
            self.user = user
            self.role = role
            self.isDisabled = isDisabled
            self.isLinked = isLinked
        }
    }

    /// Characters of the longest address (RFC 5321 section 4.5.3.1).
    static let emailLimit = 254

    /// The address that may find or make an account at a first login, or why there is none.
    /// - Parameter assumesVerified: Whether the organisation takes the provider's silence for a yes.
    package static func email(
        of claims: IDTokenClaims,
        domains: [String],
        assumesVerified: Bool
    ) -> Result<String, Refusal> {
        guard let email = claims.email else { return .failure(.emailMissing) }
        guard claims.isEmailVerified ?? assumesVerified else { return .failure(.emailNotVerified) }
        // ASCII alone: folding the case of other letters makes two addresses one.
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty,
            email.utf8.count <= emailLimit, email.utf8.allSatisfy({ 33...126 ~= $0 })
        else { return .failure(.emailMalformed) }
        guard domains.contains(parts[1].lowercased()) else {
            return .failure(.domainNotListed)
        }
        return .success(email)
    }

    /// - Parameters:
    ///   - email: What `email(of:domains:assumesVerified:)` says of the claims.
    ///   - createsPeople: Whether the organisation wants people made.
    ///   - linked: Whose issuer and subject these are.
    ///   - named: Who has the address; looked at only at a first login.
    package static func decide(
        email: Result<String, Refusal>,
        createsPeople: Bool,
        linked: Account?,
        named: Account?
    ) -> ProviderLoginDecision {
        if let linked {
            guard !linked.isDisabled, Role.named(linked.role) != nil else {
                return .refused(.disabled)
            }
            return .known(linked.user)
        }
        switch email {
        case .failure(let refusal): return .refused(refusal)
        case .success(let email):
            guard let named else {
                return createsPeople ? .create(email: email) : .refused(.notCreated)
            }
            guard let role = Role.named(named.role), !named.isDisabled else {
                return .refused(.disabled)
            }
            guard role != .owner else { return .refused(.ownersAreNotLinked) }
            return named.isLinked ? .refused(.linkedOtherwise) : .link(named.user)
        }
    }
}
