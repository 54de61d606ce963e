import API
import Alerting
import Catalog
import Coordinator
import Database
import Domain
import Keys
import Logging
import Processes
import Telemetry
import TestSupport

/// A database of its own, a webhook that leads to a receiver, and the relay between them: nothing
/// that other tests store is ever sent.
struct DeliveryFixture: Sendable {
    let catalog: Catalog
    let receiver: WebhookReceiver
    let tenant: TenantID
    let webhook: WebhookID
    let registry = PrometheusRegistry()
    private let envelope: Envelope

    static func make() async throws -> DeliveryFixture {
        // The shared server's roles have their passwords from here on.
        _ = try await TestBed.shared()
        let server = try PostgresServer.shared()
        let owner = server.superuser(try await server.makeDatabase())
        _ = try await CatalogSetup.bootstrap(
            owner: owner,
            appPassword: "app",
            platformPassword: "platform"
        )
        let catalog = Catalog(
            app: ConnectionPool(owner.connecting(as: "sparc_app", password: "app"), size: 2),
            platform: ConnectionPool(
                owner.connecting(as: "sparc_platform", password: "platform"),
                size: 2
            )
        )
        let receiver = try await WebhookReceiver()
        return try await DeliveryFixture(catalog: catalog, receiver: receiver)
    }

    private init(catalog: Catalog, receiver: WebhookReceiver) async throws {
        self.catalog = catalog
        self.receiver = receiver
        tenant = try await catalog.createTenant(name: "Tenant").id
        envelope = Envelope(ring: try KeyRing(masterKey: Array(0..<32)), store: catalog)
        let secret = WebhookSecret()
        webhook = WebhookID()
        try receiver.set(secret: secret.text)
        _ = try await catalog.createWebhook(
            tenant,
            id: webhook,
            url: receiver.url,
            kinds: EventKind.standard,
            isEnabled: true,
            secret: try await WebhookSecrets.seal(secret, tenant, webhook, in: envelope)
        )
    }

    /// Queues a test message.
    func send(to other: WebhookID? = nil) async throws -> EventID {
        let event = AlertEvents.test(other ?? webhook, at: SystemClock.wall())
        _ = try await catalog.sendTest(tenant, other ?? webhook, event)
        return event.id
    }

    /// Adds a webhook with another URL.
    func webhook(_ url: String) async throws -> WebhookID {
        let id = WebhookID()
        _ = try await catalog.createWebhook(
            tenant,
            id: id,
            url: url,
            kinds: EventKind.standard,
            isEnabled: true,
            secret: try await WebhookSecrets.seal(WebhookSecret(), tenant, id, in: envelope)
        )
        return id
    }

    /// Runs the relay while `body` runs; retries come within 200 ms if nothing else is said.
    func relaying<Value: Sendable>(
        networks: AddressPolicy = .loopback,
        deadline: Duration = .seconds(1),
        waits: (base: Duration, cap: Duration) = (.milliseconds(100), .milliseconds(200)),
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        let sender = WebhookSender(
            networks: networks,
            envelope: envelope,
            deadline: deadline
        )
        defer { sender.close() }
        var policy = DeliveryPolicy()
        (policy.base, policy.cap) = waits
        let relay = WebhookRelay(
            catalog: catalog,
            sender: sender,
            policy: policy,
            interval: .milliseconds(50),
            holding: .seconds(1),
            metrics: registry,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { SystemClock.wall() }
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await relay.run() }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    /// Waits until every message is delivered or given up.
    func settled(_ id: WebhookID? = nil) async throws -> [WebhookDelivery] {
        for _ in 0..<400 {
            let page = try await catalog.deliveries(tenant, id ?? webhook, after: nil, limit: 500)
            if page.deliveries.allSatisfy({ $0.state != .pending }) { return page.deliveries }
            try await Task.sleep(for: .milliseconds(50))
        }
        return []
    }

    func end() async {
        await receiver.stop()
        await catalog.shutdown()
    }
}
