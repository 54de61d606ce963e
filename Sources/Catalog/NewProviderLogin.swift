package import Domain

/// What a login through a provider begins with; the database has hashes of the two tokens.
package struct NewProviderLogin: Sendable {
    package var id: ProviderLoginID
    package var provider: IdentityProviderID
    package var stateHash: [UInt8]
    package var browserHash: [UInt8]
    package var nonce: String
    package var codeVerifier: String

    package init(
        id: ProviderLoginID,
        provider: IdentityProviderID,
        stateHash: [UInt8],
        browserHash: [UInt8],
        nonce: String,
        codeVerifier: String
    ) {
        self.id = id
        self.provider = provider
        self.stateHash = stateHash
        self.browserHash = browserHash
        self.nonce = nonce
        self.codeVerifier = codeVerifier
    }
}
