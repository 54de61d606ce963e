/// What `sparc migrate` and `sparc seed` read from their environment.
package struct MigrateSettings: Sendable {
    package var environment: DeploymentEnvironment
    package var logLevel: LogLevelSetting
    /// `DATABASE_OWNER_URL`, else `DATABASE_URL`: a connection that may create roles and tables.
    package var ownerURL: String
    /// `SPARC_MASTER_KEY[_FILE]`: the roles' passwords derive from it.
    package var masterKey: String

    package init(reader: inout SettingsReader) {
        environment = reader.choice("SPARC_ENV", default: .production)
        logLevel = reader.choice("LOG_LEVEL", default: .info)
        masterKey = reader.required("SPARC_MASTER_KEY", example: "(64 hex digits)")
        if let url = reader.secret("DATABASE_OWNER_URL") ?? reader.secret("DATABASE_URL") {
            ownerURL = url
        } else {
            ownerURL = ""
            reader.report(
                "DATABASE_OWNER_URL",
                "is not set, and neither is DATABASE_URL",
                "postgresql://owner:…@db:5432/sparc"
            )
        }
    }
}
