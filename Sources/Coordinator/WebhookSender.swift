internal import API
internal import Alerting
internal import Catalog
package import Domain
package import Keys
internal import Transfer

/// Sends one message to its webhook: Standard Webhooks 1.0, the event's id on every attempt so that
/// a receiver can drop repeats.
package struct WebhookSender: Sendable {
    /// From the connect to the last byte of the answer.
    package static let deadline = Duration.seconds(10)
    /// Bytes of an answer; its content is not looked at.
    static let responseLimit = 65_536

    private let client: HTTPClient
    private let deadline: Duration
    private let envelope: Envelope

    /// Starts the transfer thread; `close()` ends it.
    /// - Parameter networks: Where receivers may be beside the public internet; checked with the
    ///   resolved address at every connect.
    package init(
        networks: AddressPolicy,
        envelope: Envelope,
        deadline: Duration = Self.deadline
    ) {
        self.deadline = deadline
        client = HTTPClient(policy: .publicNetworks(and: networks))
        self.envelope = envelope
    }

    /// Ends the transfer thread.
    package func close() {
        client.close()
    }

    /// One attempt.
    func send(_ message: WebhookMessage, at now: WallTime) async -> DeliveryPolicy.Outcome {
        let secret: WebhookSecret
        do {
            guard
                let opened = try await WebhookSecrets.open(
                    message.secret,
                    message.tenant,
                    message.webhook,
                    in: envelope
                )
            else { return .failed("the stored secret is damaged", isRetryable: false) }
            secret = opened
        } catch {
            return .failed("the stored secret does not open: \(error)", isRetryable: true)
        }
        let body = Self.body(message.event)
        let timestamp = now.microseconds / 1_000_000
        let id = "\(message.event.id)"
        do throws(TransferError) {
            let answer = try await client.send(
                HTTPRequest(
                    .post,
                    message.url,
                    headers: [
                        ("Content-Type", "application/json"),
                        ("webhook-id", id),
                        ("webhook-timestamp", String(timestamp)),
                        (
                            "webhook-signature",
                            secret.signature(id: id, timestamp: timestamp, body: body)
                        ),
                    ],
                    body: body,
                    deadline: deadline,
                    responseLimit: Self.responseLimit
                )
            )
            return .answered(status: answer.status)
        } catch {
            // A name may resolve to an allowed address tomorrow, a certificate be renewed.
            return .failed(error.message, isRetryable: error.code != .invalidRequest)
        }
    }

    /// The message: `{"type":…,"timestamp":…,"data":{…}}`. Kind and time need no escapes.
    static func body(_ event: Event) -> [UInt8] {
        Array(
            #"{"type":"\#(event.kind.rawValue)","timestamp":"\#(event.at)","data":\#(event.data)}"#
                .utf8
        )
    }
}
