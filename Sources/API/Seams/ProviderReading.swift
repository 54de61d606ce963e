package import Domain
package import Identity

/// The providers of identities, as the API needs them; the coordinator implements it over HTTP.
package protocol ProviderReading: Sendable {
    /// What a provider says of itself; remembered for some minutes.
    func metadata(
        of provider: ProviderReference
    ) async throws(ProviderError) -> ProviderMetadata

    /// Its public keys; remembered for some minutes.
    /// - Parameter isRenewed: A token names a key that those remembered do not have. They are read
    ///   again then, though not at every such token.
    func keys(
        of provider: ProviderReference,
        _ metadata: ProviderMetadata,
        isRenewed: Bool
    ) async throws(ProviderError) -> ProviderKeySet

    /// What it gives for a code; asked once, whatever happens. Throws `unreachable` also for a
    /// provider that has many to answer already.
    func tokens(
        of provider: ProviderReference,
        from metadata: ProviderMetadata,
        headers: [(name: String, value: String)],
        body: [UInt8]
    ) async throws(ProviderError) -> ProviderTokens

    /// What its UserInfo endpoint answers to an access token.
    func userInfo(
        from url: String,
        accessToken: String
    ) async throws(ProviderError) -> [UInt8]
}

/// Which provider of which organisation: what is remembered of one is never used for another.
package struct ProviderReference: Hashable, Sendable {
    package var id: IdentityProviderID
    package var issuer: String

    package init(id: IdentityProviderID, issuer: String) {
        self.id = id
        self.issuer = issuer
    }
}

/// Why a provider gave nothing that is of use. Safe to log.
package struct ProviderError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// No connection, no whole answer in time, or an address that is not allowed.
        case unreachable
        /// An answer with an error's status.
        case status
        /// An answer that nothing can be made of.
        case malformed
    }

    package let code: Code
    /// What happened, in words for an operator; nothing of what was sent.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var isRetryable: Bool {
        code != .malformed
    }

    package var description: String {
        "\(code.rawValue): \(message)"
    }
}
