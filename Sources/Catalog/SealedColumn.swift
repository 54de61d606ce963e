/// A column that holds sealed values. Its raw value is the purpose that they are sealed for and
/// never changes.
///
/// A new one needs, in the migration that makes it, what `Migration.dataKeys` makes for each: the
/// generated column of the key's number with its foreign key, index and policy, a branch of
/// `rewrap_secret`, and changes told to the audit log by a trigger that leaves out `sparc_owner`;
/// and its statement in `Catalog.sealedValues`. Rotations then find it.
package enum SealedColumn: String, Sendable, CaseIterable {
    /// Of a stream; its name is the camera's id, a slash and the role.
    case cameraCredentials = "cameras.credentials"
    /// Of a webhook; its name is the webhook's id.
    case webhookSecret = "webhooks.secret"
    /// Of a provider of identities; its name is the provider's id.
    case providerSecret = "identity_providers.client_secret"
    /// Of a person's one-time passwords; its name is the person's id.
    case factorSeed = "second_factors.seed"
}
