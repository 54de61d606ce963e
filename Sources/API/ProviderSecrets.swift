package import Domain
package import Keys

/// The client secret of a provider of identities as the catalogue holds it: sealed for one provider
/// of one tenant.
package enum ProviderSecrets {
    /// Encrypts. Throws `KeysError`.
    package static func seal(
        _ secret: String,
        _ tenant: TenantID,
        _ provider: IdentityProviderID,
        in envelope: Envelope
    ) async throws -> [UInt8] {
        try await envelope.seal(Array(secret.utf8), for: context(tenant, provider))
    }

    /// Decrypts. Throws `KeysError`, also for a value that was copied from another row.
    package static func open(
        _ sealed: [UInt8],
        _ tenant: TenantID,
        _ provider: IdentityProviderID,
        in envelope: Envelope
    ) async throws -> String {
        String(
            decoding: try await envelope.open(sealed, for: context(tenant, provider)),
            as: UTF8.self
        )
    }

    private static func context(
        _ tenant: TenantID,
        _ provider: IdentityProviderID
    ) -> EnvelopeContext {
        EnvelopeContext(
            purpose: "identity_providers.client_secret",
            tenant: tenant,
            row: "\(provider)"
        )
    }
}
