/// A column that holds sealed values. Its raw value is the purpose that they are sealed for and
/// never changes.
package enum SealedColumn: String, Sendable, CaseIterable {
    /// Of a stream; its name is the camera's id, a slash and the role.
    case cameraCredentials = "cameras.credentials"
    /// Of a webhook; its name is the webhook's id.
    case webhookSecret = "webhooks.secret"
}
