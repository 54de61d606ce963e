package import Alerting
package import Catalog
package import Domain
package import Logging
internal import ServiceLifecycle
package import Telemetry

/// Delivers events to webhooks, at least once each, until its group shuts down.
///
/// One webhook has one message under way, the oldest that is due first; a message that failed is
/// overtaken by later ones while it waits, so no order is promised. A receiver that hangs holds up
/// nobody else.
package actor WebhookRelay: Service {
    /// Webhooks that are sent to at one time.
    static let concurrency = 64
    /// Messages of one webhook taken at a time; they are sent one after another.
    static let perWebhook = 4
    /// How long a taken message is held: longer than all of a batch can last.
    package static let holding = Duration.seconds(60)

    private let catalog: Catalog
    private let sender: WebhookSender
    private let policy: DeliveryPolicy
    private let interval: Duration
    private let holding: Duration
    private let metrics: PrometheusRegistry
    private let logger: Logger
    private let now: @Sendable () -> WallTime
    private var busy: Set<WebhookID> = []

    /// - Parameters:
    ///   - interval: Between two looks for what is due.
    ///   - holding: How long a taken message is held, whole seconds.
    package init(
        catalog: Catalog,
        sender: WebhookSender,
        policy: DeliveryPolicy,
        interval: Duration = .milliseconds(500),
        holding: Duration = WebhookRelay.holding,
        metrics: PrometheusRegistry,
        logger: Logger,
        now: @escaping @Sendable () -> WallTime
    ) {
        self.catalog = catalog
        self.sender = sender
        self.policy = policy
        self.interval = interval
        self.holding = holding
        self.metrics = metrics
        self.logger = logger
        self.now = now
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled {
                    for batch in await self.due() {
                        group.addTask { await self.deliver(batch) }
                    }
                    try? await Task.sleep(for: self.interval)
                }
            }
        }
    }

    /// Takes what is due, grouped by webhook; the webhooks are busy from then on.
    private func due() async -> [[WebhookMessage]] {
        do throws(CatalogError) {
            while try await catalog.relayOutbox() > 0 {}
            let free = Self.concurrency - busy.count
            guard free > 0 else { return [] }
            let messages = try await catalog.claimMessages(
                limit: free,
                perWebhook: Self.perWebhook,
                except: Array(busy),
                holding: holding
            )
            let batches = Dictionary(grouping: messages) { $0.webhook }
            busy.formUnion(batches.keys)
            return Array(batches.values)
        } catch {
            logger.warning(
                "webhook messages could not be read; tried again",
                metadata: [LogKey.errorMessage: "\(error)"]
            )
            return []
        }
    }

    private func deliver(_ batch: [WebhookMessage]) async {
        for message in batch {
            // What was taken and not tried comes back by itself.
            if Task.isCancelled { break }
            await attempt(message)
        }
        if let webhook = batch.first?.webhook { busy.remove(webhook) }
    }

    private func attempt(_ message: WebhookMessage) async {
        let outcome = await sender.send(message, at: now())
        // An attempt that was cut off by our own end says nothing of the receiver.
        if Task.isCancelled, case .failed = outcome { return }
        let decision = policy.decide(
            outcome,
            attempt: message.attempt,
            age: message.age,
            random: Double.random(in: 0..<1)
        )
        var status: Int?
        if case .answered(let code) = outcome { status = code }
        let (result, error) = Self.result(decision)
        count(result)
        do throws(CatalogError) {
            try await catalog.finish(
                message,
                result,
                status: status,
                error: error,
                failureLimit: policy.failureLimit
            )
        } catch {
            // It is held, and then sent again with the same id.
            logger.warning(
                "the result of a webhook message could not be stored",
                metadata: [LogKey.errorMessage: "\(error)"]
            )
        }
    }

    private static func result(
        _ decision: DeliveryPolicy.Decision
    ) -> (DeliveryResult, error: String?) {
        switch decision {
        case .delivered: (.delivered, nil)
        case .retry(let wait, let error):
            (
                .retry(
                    after: wait.components.seconds * 1_000_000
                        + wait.components.attoseconds / 1_000_000_000_000
                ), error
            )
        case .abandon(let error): (.failed, error)
        case .disable(let error): (.disabled, error)
        }
    }

    private func count(_ result: DeliveryResult) {
        let word =
            switch result {
            case .delivered: "delivered"
            case .retry: "retry"
            case .failed, .disabled: "failed"
            }
        let counter = metrics.makeCounter(
            label: MetricName.webhookDeliveries,
            dimensions: [("result", word)]
        )
        (counter as? PrometheusSeries)?.increment(by: Int64(1))
    }
}
