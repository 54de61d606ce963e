package import Domain

/// Everything `sparc coordinator` reads from its environment.
package struct CoordinatorSettings: Sendable {
    package var environment: DeploymentEnvironment
    package var logLevel: LogLevelSetting
    /// `SPARC_BIND`: the address to listen on; development listens on loopback only.
    package var bind: String
    /// `API_GATEWAY_PORT`; 0 takes a free one.
    package var port: Int
    /// `DATABASE_URL`: where the database is. Requests connect as `sparc_app` whatever user the URL
    /// names, with the password that `sparc migrate` derived from the master key.
    package var databaseURL: String
    /// `DATABASE_PLATFORM_URL`: for fleet, relay and metering, as `sparc_platform`; the same database
    /// by default.
    package var platformURL: String?
    /// `SPARC_MASTER_KEY[_FILE]`: 32 bytes as 64 hex digits or base64.
    package var masterKey: String
    /// `SPARC_MASTER_KEY_PREVIOUS[_FILE]`: the one before it, while it is changed.
    package var previousMasterKey: String?
    /// `SPARC_WORKER_TOKEN[_FILE]`: what workers show.
    package var workerToken: String
    /// `JWT_SECRET[_FILE]`: signs access tokens in place of keys that derive from the master key.
    package var tokenSecret: String?
    /// `CAMERA_NETWORKS`.
    package var cameraNetworks: AddressPolicy
    /// `S3_BUCKET` and what belongs to it, else `SPARC_STORE`.
    package var store: StoreSettings
    /// `SPARC_STORE_QUOTA_GB`: bytes that all footage together may have; nil: no limit.
    package var storeQuotaBytes: Int?
    /// `S3_DIRECT_PLAYBACK`: viewers fetch stored footage from the bucket by themselves.
    package var playsFromBucket: Bool
    /// `WEBHOOK_NETWORKS`: where webhooks may be beside the public internet.
    package var webhookNetworks: AddressPolicy
    /// `SPARC_TRUSTED_PROXIES`: whose word about a client's address counts.
    package var trustedProxies: TrustedProxies
    /// `IDENTITY_NETWORKS`: where providers of identities may be beside the public internet.
    package var providerNetworks: AddressPolicy
    /// `SPARC_PUBLIC_URL`: where browsers find this installation.
    package var publicURL: String?
    /// `ENABLE_CORS` without `CORS_ORIGINS`: only in development.
    package var allowsAllOrigins: Bool
    /// `CORS_ORIGINS`: whose pages may call the API; empty: nobody's but our own.
    package var origins: [String]
    /// `SPARC_RATE_…`.
    package var rates: RateLimits
    /// `REDIS_URL`: where coordinators tell one another what happened; nil: nowhere.
    package var redis: RedisSettings?
    /// `JWT_EXPIRES_IN` and `REFRESH_TOKEN_EXPIRES_IN`.
    package var tokens: TokenLifetimes

    /// Reads all variables; problems are collected in the reader, the value is then unusable.
    package init(reader: inout SettingsReader) {
        environment = reader.choice("SPARC_ENV", default: .production)
        logLevel = reader.choice("LOG_LEVEL", default: .info)
        bind =
            reader.text("SPARC_BIND") ?? (environment == .development ? "127.0.0.1" : "0.0.0.0")
        port = reader.integer("API_GATEWAY_PORT", 0...65_535, default: 3_000)
        databaseURL =
            reader.required("DATABASE_URL", example: "postgresql://db:5432/sparc")
        platformURL = reader.secret("DATABASE_PLATFORM_URL")
        masterKey = reader.required("SPARC_MASTER_KEY", example: "(64 hex digits)")
        previousMasterKey = reader.secret("SPARC_MASTER_KEY_PREVIOUS")
        workerToken = reader.required("SPARC_WORKER_TOKEN", example: "(32 characters or more)")
        if !workerToken.isEmpty, workerToken.utf8.count < 32 {
            reader.report(
                "SPARC_WORKER_TOKEN",
                "is shorter than 32 characters",
                "(32 characters or more)"
            )
        }
        tokenSecret = reader.tokenSecret(environment)
        cameraNetworks = reader.cameraNetworks()
        store = StoreSettings(reader: &reader, folder: nil)
        storeQuotaBytes = reader.storeQuota()
        playsFromBucket = reader.flag("S3_DIRECT_PLAYBACK", default: false)
        if playsFromBucket, case .folder = store {
            reader.report("S3_DIRECT_PLAYBACK", "is set without S3_BUCKET", "false")
        }
        webhookNetworks = reader.webhookNetworks()
        providerNetworks = reader.providerNetworks()
        publicURL = reader.publicURL(environment)
        trustedProxies = reader.trustedProxies()
        origins = reader.origins()
        let isOpen = reader.flag("ENABLE_CORS", default: !origins.isEmpty)
        allowsAllOrigins = isOpen && reader.text("CORS_ORIGINS") == nil
        if !isOpen { origins = [] }
        rates = reader.rateLimits()
        redis = RedisSettings(reader: &reader)
        tokens = TokenLifetimes(reader: &reader)
        reader.noteServicePorts(sharing: port)
        reader.noteVariablesWithoutEffect()
        if allowsAllOrigins, environment == .production {
            reader.report(
                "ENABLE_CORS",
                "opens the API to pages of all origins, which is allowed only outside production; "
                    + "name them in CORS_ORIGINS",
                "false"
            )
        }
    }
}

extension SettingsReader {
    /// `SPARC_STORE_QUOTA_GB`, gigabytes of 1,000,000,000 bytes, in bytes; nil if it is not set.
    package mutating func storeQuota() -> Int? {
        let name = "SPARC_STORE_QUOTA_GB"
        guard text(name) != nil else { return nil }
        return integer(name, 1...1_000_000_000, default: 1_000) * 1_000_000_000
    }

    /// A value that has no default; a missing one is a problem and comes back empty.
    package mutating func required(_ name: String, example: String) -> String {
        let before = problems.count
        if let value = secret(name) { return value }
        if problems.count == before { report(name, "is not set", example) }
        return ""
    }
}
