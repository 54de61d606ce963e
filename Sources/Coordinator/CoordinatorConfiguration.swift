internal import API
package import Domain
package import ObjectStore
package import SharedState

/// What one coordinator needs. Prints no secret.
package struct CoordinatorConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    /// Address to listen on.
    package var bind: String
    /// 0 takes a free one.
    package var port: Int
    /// Connects as `sparc_app`.
    package var databaseURL: String
    /// Connects as `sparc_platform`.
    package var platformURL: String
    /// Connections of each of the two.
    package var poolSize: Int
    /// 32 bytes (`MasterKey.parse`).
    package var masterKey: [UInt8]
    /// The master key before it, 32 bytes, while it is changed; nil: there is none.
    package var previousMasterKey: [UInt8]?
    /// Signs access tokens, 32 bytes or more; nil: keys that derive from the master key.
    package var tokenSecret: [UInt8]?
    /// What workers show.
    package var workerToken: String
    /// Where objects are read.
    package var store: StoreLocation
    /// Bytes that all footage together may have; nil: no limit.
    package var storeQuotaBytes: Int?
    /// Whether viewers fetch stored footage from the bucket by themselves.
    package var playsFromBucket: Bool
    /// Where cameras may be.
    package var cameraNetworks: AddressPolicy
    /// Where webhooks may be beside the public internet.
    package var webhookNetworks: AddressPolicy
    /// Whose word about a client's address counts.
    package var trustedProxies: TrustedProxies
    /// Where providers of identities may be beside the public internet.
    package var providerNetworks: AddressPolicy
    /// Where browsers find this installation; nil: nobody logs in through a provider.
    package var publicURL: String?
    /// Whether the development login exists and works.
    package var isDevelopment: Bool
    /// Whether pages of any origin may call the API; ignored outside development.
    package var allowsAllOrigins: Bool
    /// Origins whose pages may call the API; what is listed counts alone.
    package var origins: Set<String>
    /// Requests that one may make.
    package var rateLimits: RateLimits
    /// Seconds that an access token is good.
    package var accessLifetime: Int64
    /// Seconds that a refresh token is good.
    package var refreshLifetime: Int64
    /// Where coordinators tell one another what happened; nil: nowhere, each counts for itself.
    package var redis: RedisConfiguration?
    /// Called once with the port, when requests are taken.
    package var onListening: @Sendable (Int) async -> Void

    package init(
        bind: String,
        port: Int,
        databaseURL: String,
        platformURL: String,
        poolSize: Int = 8,
        masterKey: [UInt8],
        previousMasterKey: [UInt8]? = nil,
        tokenSecret: [UInt8]? = nil,
        workerToken: String,
        store: StoreLocation,
        storeQuotaBytes: Int? = nil,
        playsFromBucket: Bool = false,
        cameraNetworks: AddressPolicy,
        webhookNetworks: AddressPolicy = AddressPolicy(allowed: []),
        trustedProxies: TrustedProxies = TrustedProxies(),
        providerNetworks: AddressPolicy = AddressPolicy(allowed: []),
        publicURL: String? = nil,
        isDevelopment: Bool,
        allowsAllOrigins: Bool = false,
        origins: Set<String> = [],
        rateLimits: RateLimits = .standard,
        accessLifetime: Int64 = 600,
        refreshLifetime: Int64 = 7 * 86_400,
        redis: RedisConfiguration? = nil,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.bind = bind
        self.port = port
        self.databaseURL = databaseURL
        self.platformURL = platformURL
        self.poolSize = poolSize
        self.masterKey = masterKey
        self.previousMasterKey = previousMasterKey
        self.tokenSecret = tokenSecret
        self.workerToken = workerToken
        self.store = store
        self.storeQuotaBytes = storeQuotaBytes
        self.playsFromBucket = playsFromBucket
        self.cameraNetworks = cameraNetworks
        self.webhookNetworks = webhookNetworks
        self.trustedProxies = trustedProxies
        self.providerNetworks = providerNetworks
        self.publicURL = publicURL
        self.isDevelopment = isDevelopment
        self.allowsAllOrigins = allowsAllOrigins
        self.origins = origins
        self.rateLimits = rateLimits
        self.accessLifetime = accessLifetime
        self.refreshLifetime = refreshLifetime
        self.redis = redis
        self.onListening = onListening
    }

    /// Whose pages may call the API.
    var crossOrigin: CrossOriginPolicy {
        guard origins.isEmpty else { return .listed(origins) }
        return isDevelopment && allowsAllOrigins ? .any : .none
    }

    package var description: String {
        "coordinator on \(bind):\(port)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: ["address": description])
    }
}
