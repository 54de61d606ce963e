package import Domain

/// An address that a tenant's events are sent to.
package struct Webhook: Hashable, Sendable {
    /// Webhooks of one tenant.
    package static let countLimit = 32

    package var id: WebhookID
    package var url: String
    /// Event kinds it gets.
    package var kinds: [EventKind]
    package var isEnabled: Bool
    /// Why it was switched off; nil while it is on, and when somebody did it.
    package var disabledReason: String?
    /// First failure after the last success.
    package var failingSince: WallTime?
    package var createdAt: WallTime
}

/// A message to a webhook, with its last attempt.
package struct WebhookDelivery: Hashable, Sendable {
    /// How far it is.
    package enum State: String, Sendable, Hashable, CaseIterable {
        case pending
        case delivered
        case failed
    }

    package var id: DeliveryID
    package var event: EventID
    package var kind: EventKind
    package var state: State
    package var attempts: Int
    package var triedAt: WallTime?
    /// HTTP status of the last attempt; nil if there was no answer.
    package var status: Int?
    package var error: String?
    /// Only while it is pending.
    package var nextTryAt: WallTime?
    package var createdAt: WallTime
}

/// A page of deliveries, the newest first.
package struct DeliveryPage: Hashable, Sendable {
    /// Most deliveries of a page.
    package static let limit = 500

    package var deliveries: [WebhookDelivery]
    /// Where the next page begins; nil at the end.
    package var next: PageCursor?
}
