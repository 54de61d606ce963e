internal import API
internal import Alerting
internal import Catalog
internal import Console
internal import Database
internal import Domain
internal import Hummingbird
internal import Identity
internal import Jobs
internal import Keys
package import Logging
internal import NIOCore
internal import ObjectStore
internal import PasswordHash
internal import Processes
internal import ServiceLifecycle
package import Telemetry

/// `sparc coordinator`: API, console and the loops over the whole installation.
package struct CoordinatorRole: Service {
    /// Connections at one time; more wait in the kernel.
    static let connectionLimit = 4_096
    /// How long a database that does not answer is waited for at the start.
    static let databasePatience = Duration.seconds(30)

    /// How long events and the log of deliveries are kept.
    static let eventDays = 90

    private let configuration: CoordinatorConfiguration
    private let metrics: PrometheusRegistry
    private let logger: Logger

    package init(
        _ configuration: CoordinatorConfiguration,
        metrics: PrometheusRegistry,
        logger: Logger
    ) {
        self.configuration = configuration
        self.metrics = metrics
        self.logger = logger
    }

    /// Runs until the task is cancelled or the group shuts down.
    package func run() async throws {
        let catalog = Catalog(
            app: ConnectionPool(
                try ConnectionSettings(configuration.databaseURL),
                size: configuration.poolSize,
                // What one organisation does slowly leaves half to the others.
                tenantShare: configuration.poolSize / 2
            ),
            platform: ConnectionPool(
                try ConnectionSettings(configuration.platformURL),
                size: configuration.poolSize
            )
        )
        let edge = EdgeClient(token: configuration.workerToken)
        do {
            try await prepare(catalog)
            try await serve(catalog, edge)
        } catch {
            edge.close()
            await catalog.shutdown()
            throw error
        }
        edge.close()
        await catalog.shutdown()
    }

    /// 1. Waits for the database. 2. Refuses a role that may do too much. 3. Makes partitions.
    /// 4. Makes the development login, in development; else says if nobody has set up yet.
    private func prepare(_ catalog: Catalog) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        while true {
            do throws(CatalogError) {
                try await catalog.startupCheck()
                break
            } catch {
                guard error.isRetryable, clock.now - start < Self.databasePatience else {
                    throw error
                }
                logger.info(
                    "waiting for the database",
                    metadata: [LogKey.errorMessage: "\(error)"]
                )
            }
            try await Task.sleep(for: .milliseconds(250))
        }
        try await catalog.ensurePartitions()
        guard configuration.isDevelopment else {
            if !(try await catalog.isSetUp()) {
                // Not the link itself: logs are read by more people than may own the installation.
                logger.notice("nobody has set this up yet; sparc setup-link makes the link for it")
            }
            return
        }
        _ = try await catalog.seedDevelopment(
            tenantName: DevelopmentLogin.tenant,
            email: DevelopmentLogin.email,
            passwordHash: try await PasswordHasher.hash(DevelopmentLogin.password),
            role: DevelopmentLogin.role.rawValue
        )
    }

    private func serve(_ catalog: Catalog, _ edge: EdgeClient) async throws {
        let keys = try KeyRing(masterKey: configuration.masterKey)
        let objects = configuration.store.open(
            now: { SystemClock.wall() },
            random: { Double.random(in: 0..<1) }
        )
        let direct = configuration.playsFromBucket ? objects as? any PresigningStore : nil
        let fleet = FleetScheduler(catalog: catalog, logger: logger) { SystemClock.monotonic() }
        let providers = ProviderClient(networks: configuration.providerNetworks) {
            SystemClock.monotonic()
        }
        defer { providers.close() }
        let outbox = configuration.redis.map { _ in
            HintOutbox(keys: keys) { SystemClock.wall() }
        }
        let services = APIServices(
            catalog: catalog,
            tokens: await TokenSigner(
                SigningKeys(keys),
                secret: configuration.tokenSecret
            ),
            keys: keys,
            previousKeys: try configuration.previousMasterKey.map { bytes throws(KeysError) in
                try KeyRing(masterKey: bytes)
            },
            signer: try MediaSigner(key: keys.derive(.mediaSignature), keyID: "1"),
            passwords: try await PasswordGate(),
            edge: edge,
            objects: objects,
            viewersStore: direct,
            fleet: fleet,
            metrics: metrics,
            cameraNetworks: configuration.cameraNetworks,
            webhookNetworks: configuration.webhookNetworks,
            trustedProxies: configuration.trustedProxies,
            providers: providers,
            providerNetworks: configuration.providerNetworks,
            publicURL: configuration.publicURL,
            workerToken: configuration.workerToken,
            isDevelopment: configuration.isDevelopment,
            crossOrigin: configuration.crossOrigin,
            rates: RequestRates(configuration.rateLimits, outbox: outbox),
            outbox: outbox,
            accessLifetime: configuration.accessLifetime,
            refreshLifetime: configuration.refreshLifetime,
            logger: logger,
            now: { SystemClock.wall() }
        )
        let router = try APIRouter.make(services) { router in
            try ConsoleRoutes.add(to: router, store: direct?.origin)
        }
        let sessions = EndedSessionsWatch(catalog: catalog, sessions: services.endedSessions)
        // Before the first request: no token of a login that ended is good after a restart.
        try await sessions.pass()
        let gauges = FleetMetrics(catalog: catalog, registry: metrics)
        let retention = RetentionSchedule(
            catalog: catalog,
            store: objects,
            storeQuota: configuration.storeQuotaBytes,
            registry: metrics,
            logger: logger
        )
        let alertGauges = AlertMetrics(catalog: catalog, registry: metrics)
        let health = HealthWatch(catalog: catalog, logger: logger) { SystemClock.monotonic() }
        let sender = WebhookSender(
            networks: configuration.webhookNetworks,
            envelope: services.envelope
        )
        defer { sender.close() }
        let anchors = AuditAnchoring(
            catalog: catalog,
            store: objects,
            key: keys.derive(.auditAnchor),
            now: { SystemClock.wall() }
        )
        let group = ServiceGroup(
            configuration: .init(
                // First, so that it ends last: it tells what the last requests came to.
                services: exchange(keys, outbox, services) + [
                    application(router),
                    PeriodicTask("fleet", every: .seconds(1), logger: logger) {
                        try await fleet.pass()
                    },
                    PeriodicTask("health", every: .seconds(1), logger: logger) {
                        try await health.pass()
                    },
                    WebhookRelay(
                        catalog: catalog,
                        sender: sender,
                        policy: DeliveryPolicy(),
                        metrics: metrics,
                        logger: logger,
                        now: { SystemClock.wall() }
                    ),
                    PeriodicTask("metrics", every: .seconds(5), logger: logger) {
                        try await gauges.update()
                        try await alertGauges.update()
                    },
                    PeriodicTask("events", every: .seconds(3_600), logger: logger) {
                        try await catalog.pruneEvents(days: Self.eventDays, limit: 20_000)
                    },
                    PeriodicTask(
                        "sessions",
                        every: EndedSessionsWatch.interval,
                        logger: logger
                    ) { try await sessions.pass() },
                    PeriodicTask("expired sessions", every: .seconds(3_600), logger: logger) {
                        let limit = 20_000
                        while try await catalog.pruneSessions(limit: limit) == limit {}
                        while try await catalog.pruneIdempotencyKeys(limit: limit) == limit {}
                    },
                    PeriodicTask("watched", every: .seconds(1), logger: logger) {
                        try await services.flushFootageReads()
                    },
                    PeriodicTask(
                        "audit anchors",
                        every: AuditAnchoring.interval,
                        logger: logger
                    ) { _ = try await anchors.pass() },
                    PeriodicTask("ended organisations", every: .seconds(3_600), logger: logger) {
                        try await TenantEnd(catalog: catalog).pass { tenant in
                            logger.notice(
                                "an organisation was deleted, as its provider asked",
                                metadata: [LogKey.tenant: "\(tenant)"]
                            )
                        }
                    },
                    PeriodicTask("partitions", every: .seconds(3_600), logger: logger) {
                        try await catalog.ensurePartitions()
                    },
                    PeriodicTask("retention", every: RetentionSchedule.interval, logger: logger) {
                        try await retention.pass()
                    },
                ],
                logger: logger
            )
        )
        try await group.run()
    }

    private func exchange(
        _ keys: KeyRing,
        _ outbox: HintOutbox?,
        _ services: APIServices
    ) -> [any Service] {
        guard let redis = configuration.redis, let outbox else { return [] }
        return [
            HintExchange(redis, keys: keys, outbox: outbox, services: services, logger: logger)
        ]
    }

    private func application(_ router: Router<APIContext>) -> some Service {
        let listening = configuration.onListening
        let logger = logger
        return Application(
            router: router,
            server: .http1(
                configuration: .init(
                    idleTimeout: .seconds(75),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16_384,
                        maxHeaderListSize: 32_768,
                        maxHeaderFieldCount: 100
                    )
                )
            ),
            configuration: .init(
                address: .hostname(configuration.bind, port: configuration.port),
                availableConnectionsDelegate: .maximum(Self.connectionLimit, logger: logger)
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                logger.info("listening", metadata: [LogKey.port: "\(port)"])
                await listening(port)
            },
            logger: logger
        )
    }
}
