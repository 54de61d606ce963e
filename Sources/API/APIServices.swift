package import Catalog
package import Domain
package import Identity
package import Keys
package import Logging
package import ObjectStore
package import Telemetry

/// What the routes work with; made once by the coordinator.
package struct APIServices: Sendable {
    package var catalog: Catalog
    package var tokens: TokenSigner
    package var attempts: LoginAttempts
    /// Passwords and codes that people give who are logged in.
    package var confirmations = GuessedSecrets()
    /// Tokens of set-up links.
    package var setupTokens = GuessedSecrets()
    package var endedSessions: EndedSessions
    package var keys: KeyRing
    package var envelope: Envelope
    package var signer: MediaSigner
    package var passwords: any PasswordChecking
    package var edge: any EdgeReading
    package var objects: any ObjectStoring
    /// Where viewers fetch stored footage by themselves; nil: it goes through the API.
    package var viewersStore: (any PresigningStore)?
    package var fleet: any FleetScheduling
    package var metrics: PrometheusRegistry
    /// Where cameras may be.
    package var cameraNetworks: AddressPolicy
    /// Where webhooks may be beside the public internet.
    package var webhookNetworks: AddressPolicy
    /// Whose word about a client's address counts.
    package var trustedProxies: TrustedProxies
    /// Where people log in through a provider; nil: nowhere.
    package var providers: (any ProviderReading)?
    /// Where providers of identities may be beside the public internet.
    package var providerNetworks: AddressPolicy
    /// Where browsers find this installation, without a slash at the end; nil: not set, and nobody
    /// logs in through a provider.
    package var publicURL: String?
    /// What workers show.
    package var workerToken: String
    /// Whether the development login works.
    package var isDevelopment: Bool
    /// Whose pages may call the API.
    package var crossOrigin: CrossOriginPolicy
    /// Counts the requests of who is known.
    package var rates: RequestRates
    /// Seconds that an access token is good.
    package var accessLifetime: Int64
    /// Seconds that a refresh token is good.
    package var refreshLifetime: Int64
    package var logger: Logger
    package var now: @Sendable () -> WallTime
    package let workers: WorkerCache
    let liveMemory: LiveMemory
    let proxyHint = ProxyHint()
    let retentionCounting = RetentionCounting()
    let footageReads = FootageReads()
    let provenKeys = ProvenKeys()
    let healthMemory = HealthMemory()

    /// - Parameters:
    ///   - previousKeys: Of the master key before, while it is changed.
    ///   - outbox: What the other coordinators are told; nil: nothing.
    package init(
        catalog: Catalog,
        tokens: TokenSigner,
        keys: KeyRing,
        previousKeys: KeyRing? = nil,
        signer: MediaSigner,
        passwords: any PasswordChecking,
        edge: any EdgeReading,
        objects: any ObjectStoring,
        viewersStore: (any PresigningStore)? = nil,
        fleet: any FleetScheduling,
        metrics: PrometheusRegistry,
        cameraNetworks: AddressPolicy,
        webhookNetworks: AddressPolicy = AddressPolicy(allowed: []),
        trustedProxies: TrustedProxies = TrustedProxies(),
        providers: (any ProviderReading)? = nil,
        providerNetworks: AddressPolicy = AddressPolicy(allowed: []),
        publicURL: String? = nil,
        workerToken: String,
        isDevelopment: Bool,
        crossOrigin: CrossOriginPolicy = .none,
        rates: RequestRates = RequestRates(.none),
        outbox: HintOutbox? = nil,
        accessLifetime: Int64 = 600,
        refreshLifetime: Int64 = 7 * 86_400,
        logger: Logger,
        now: @escaping @Sendable () -> WallTime
    ) {
        self.catalog = catalog
        self.tokens = tokens
        attempts = LoginAttempts(outbox: outbox)
        endedSessions = EndedSessions(outbox: outbox)
        let outage = CatalogOutage { catalog.answeredAt }
        workers = WorkerCache(outage)
        liveMemory = LiveMemory(outage)
        self.keys = keys
        envelope = Envelope(ring: keys, previous: previousKeys, store: catalog)
        self.signer = signer
        self.passwords = passwords
        self.edge = edge
        self.objects = objects
        self.viewersStore = viewersStore
        self.fleet = fleet
        self.metrics = metrics
        self.cameraNetworks = cameraNetworks
        self.webhookNetworks = webhookNetworks
        self.trustedProxies = trustedProxies
        self.providers = providers
        self.providerNetworks = providerNetworks
        self.publicURL = publicURL
        self.workerToken = workerToken
        self.isDevelopment = isDevelopment
        self.crossOrigin = crossOrigin
        self.rates = rates
        self.accessLifetime = accessLifetime
        self.refreshLifetime = refreshLifetime
        self.logger = logger
        self.now = now
    }
}
