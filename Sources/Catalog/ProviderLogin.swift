package import Domain

/// A login through a provider that its browser came back to, once. Prints no secret.
package struct ProviderLogin: Sendable, CustomStringConvertible, CustomReflectable {
    package var id: ProviderLoginID
    package var tenant: TenantID
    package var provider: IdentityProvider
    /// Sealed.
    package var clientSecret: [UInt8]
    package var nonce: String
    package var codeVerifier: String

    package var description: String {
        "login \(id) through a provider"
    }

    package var customMirror: Mirror {
        Mirror(self, children: ["id": id])
    }
}
