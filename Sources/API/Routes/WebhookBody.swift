internal import Catalog
internal import Domain
internal import Keys

/// A webhook as responses show it; the secret only in the answer that made it.
struct WebhookBody: Encodable {
    var id: WebhookID
    var url: String
    var events: [EventKind]
    var enabled: Bool
    var disabledReason: String?
    var failingSince: WallTime?
    var createdAt: WallTime
    var secret: String?

    init(_ webhook: Webhook, secret: WebhookSecret? = nil) {
        id = webhook.id
        url = webhook.url
        events = webhook.kinds
        enabled = webhook.isEnabled
        disabledReason = webhook.disabledReason
        failingSince = webhook.failingSince
        createdAt = webhook.createdAt
        self.secret = secret?.text
    }
}

/// A line of the log of deliveries.
struct DeliveryBody: Encodable {
    var id: DeliveryID
    var eventId: EventID
    var type: EventKind
    var state: String
    var attempts: Int
    var triedAt: WallTime?
    var status: Int?
    var error: String?
    var nextTryAt: WallTime?
    var createdAt: WallTime

    init(_ delivery: WebhookDelivery) {
        id = delivery.id
        eventId = delivery.event
        type = delivery.kind
        state = delivery.state.rawValue
        attempts = delivery.attempts
        triedAt = delivery.triedAt
        status = delivery.status
        error = delivery.error
        nextTryAt = delivery.nextTryAt
        createdAt = delivery.createdAt
    }
}
