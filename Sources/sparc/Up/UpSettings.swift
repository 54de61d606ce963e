import Domain
import Settings

/// What `sparc up` itself reads; the roles read their own.
struct UpSettings: Sendable {
    let environment: DeploymentEnvironment
    let logLevel: LogLevelSetting
    let port: Int
    let isDemo: Bool
    /// An outside database, with the owner's URL for migrations.
    let databaseURL: String?
    let ownerURL: String?
    let platformURL: String?
    let tokens: TokenLifetimes

    init(reader: inout SettingsReader, isDemo: Bool) {
        self.isDemo = isDemo
        environment = reader.choice("SPARC_ENV", default: .production)
        logLevel = reader.choice("LOG_LEVEL", default: .info)
        port = reader.integer("API_GATEWAY_PORT", 0...65_535, default: 3_000)
        databaseURL = reader.secret("DATABASE_URL")
        ownerURL = reader.secret("DATABASE_OWNER_URL")
        platformURL = reader.secret("DATABASE_PLATFORM_URL")
        if databaseURL != nil, reader.secret("SPARC_MASTER_KEY") == nil {
            reader.report(
                "SPARC_MASTER_KEY",
                "is not set; an outside database needs one that outlives this "
                    + "machine",
                "(64 hex digits)"
            )
        }
        if isDemo, environment != .development {
            reader.report("SPARC_ENV", "must be development with --demo", "development")
        }
        _ = reader.cameraNetworks()
        _ = reader.webhookNetworks()
        _ = reader.trustedProxies()
        _ = reader.providerNetworks()
        _ = reader.publicURL(environment)
        tokens = TokenLifetimes(reader: &reader)
        reader.noteServicePorts(sharing: port)
        reader.noteVariablesWithoutEffect()
    }
}
