import Catalog
import Coordinator
import Database
import Keys
import Settings
import SharedState

/// Makes the coordinator's configuration from its settings.
enum CoordinatorComposition {
    static func configuration(
        _ settings: CoordinatorSettings
    ) throws -> CoordinatorConfiguration {
        let master = try MasterKey.parse(settings.masterKey)
        let keys = try KeyRing(masterKey: master)
        return CoordinatorConfiguration(
            bind: settings.bind,
            port: settings.port,
            databaseURL: DatabaseRole.url(settings.databaseURL, CatalogSetup.appRole, keys),
            platformURL: DatabaseRole.url(
                settings.platformURL ?? settings.databaseURL,
                CatalogSetup.platformRole,
                keys
            ),
            masterKey: master,
            previousMasterKey: try settings.previousMasterKey.map { text throws(KeysError) in
                try MasterKey.parse(text)
            },
            tokenSecret: settings.tokenSecret.map { Array($0.utf8) },
            workerToken: settings.workerToken,
            store: try StoreComposition.location(settings.store),
            storeQuotaBytes: settings.storeQuotaBytes,
            playsFromBucket: settings.playsFromBucket,
            cameraNetworks: settings.cameraNetworks,
            webhookNetworks: settings.webhookNetworks,
            trustedProxies: settings.trustedProxies,
            providerNetworks: settings.providerNetworks,
            publicURL: settings.publicURL,
            isDevelopment: settings.environment == .development,
            allowsAllOrigins: settings.allowsAllOrigins,
            origins: Set(settings.origins),
            rateLimits: settings.rates,
            accessLifetime: settings.tokens.access,
            refreshLifetime: settings.tokens.refresh,
            redis: settings.redis.map { redis in
                RedisConfiguration(
                    host: redis.host,
                    port: redis.port,
                    user: redis.user,
                    password: redis.password,
                    database: redis.database,
                    isSecure: redis.isSecure,
                    authorities: redis.authorities
                )
            }
        )
    }
}
