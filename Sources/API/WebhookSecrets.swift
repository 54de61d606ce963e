internal import Catalog
package import Domain
package import Keys

/// The secret of a webhook as the catalogue holds it: sealed for one webhook of one tenant.
package enum WebhookSecrets {
    /// Encrypts. Throws `KeysError` and `CatalogError`.
    package static func seal(
        _ secret: WebhookSecret,
        _ tenant: TenantID,
        _ webhook: WebhookID,
        in envelope: Envelope
    ) async throws -> [UInt8] {
        try await envelope.seal(Array(secret.text.utf8), for: context(tenant, webhook))
    }

    /// Decrypts. Throws `KeysError`, also for a value that was copied from another row, and
    /// `CatalogError`; nil for one that holds no secret.
    package static func open(
        _ sealed: [UInt8],
        _ tenant: TenantID,
        _ webhook: WebhookID,
        in envelope: Envelope
    ) async throws -> WebhookSecret? {
        let plain = try await envelope.open(sealed, for: context(tenant, webhook))
        return WebhookSecret(String(decoding: plain, as: UTF8.self))
    }

    private static func context(_ tenant: TenantID, _ webhook: WebhookID) -> EnvelopeContext {
        EnvelopeContext(
            purpose: SealedColumn.webhookSecret.rawValue,
            tenant: tenant,
            row: "\(webhook)"
        )
    }
}
