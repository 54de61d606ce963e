package import Domain

/// A message that is due, with all that its attempt needs.
package struct WebhookMessage: Hashable, Sendable {
    package var tenant: TenantID
    package var delivery: DeliveryID
    package var webhook: WebhookID
    package var url: String
    /// Sealed.
    package var secret: [UInt8]
    package var event: Event
    /// Number of the attempt, from 1.
    package var attempt: Int
    /// Since its delivery was due for the first time, microseconds by the database's clock.
    package var age: Int64
}

/// What became of an attempt.
package enum DeliveryResult: Hashable, Sendable {
    case delivered
    /// Microseconds from now.
    case retry(after: Int64)
    /// Never tried again.
    case failed
    /// As `failed`, and nothing more is sent to the webhook.
    case disabled
}

/// How much waits to be sent.
package struct RelayCounts: Hashable, Sendable {
    /// Alerts that are not resolved.
    package var openAlerts: Int
    /// Messages that are still to be delivered.
    package var pending: Int
    /// Age of the oldest event that no webhook was given yet, seconds.
    package var oldestSeconds: Double
    /// Webhooks that were switched off because of their failures.
    package var disabled: Int
}
