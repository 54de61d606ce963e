/// What `sparc retention` reads from its environment.
package struct RetentionSettings: Sendable {
    package var logLevel: LogLevelSetting
    /// `DATABASE_URL`; requests of one tenant connect as `sparc_app`.
    package var databaseURL: String
    /// `DATABASE_PLATFORM_URL`: as `sparc_platform`; the same database by default.
    package var platformURL: String?
    /// `SPARC_MASTER_KEY[_FILE]`: the roles' passwords derive from it.
    package var masterKey: String
    /// `SPARC_MASTER_KEY_PREVIOUS[_FILE]`: the one before it, while it is changed.
    package var previousMasterKey: String?
    /// `S3_BUCKET` and what belongs to it, else `SPARC_STORE`; no folder where nothing is deleted.
    package var store: StoreSettings
    /// `SPARC_STORE_QUOTA_GB`: bytes that all footage together may have; nil: no limit.
    package var storeQuotaBytes: Int?

    /// - Parameter deletes: Whether the store is needed.
    package init(reader: inout SettingsReader, deletes: Bool) {
        logLevel = reader.choice("LOG_LEVEL", default: .info)
        databaseURL = reader.required("DATABASE_URL", example: "postgresql://db:5432/sparc")
        platformURL = reader.secret("DATABASE_PLATFORM_URL")
        masterKey = reader.required("SPARC_MASTER_KEY", example: "(64 hex digits)")
        previousMasterKey = reader.secret("SPARC_MASTER_KEY_PREVIOUS")
        storeQuotaBytes = reader.storeQuota()
        store = deletes ? StoreSettings(reader: &reader, folder: nil) : .folder("")
    }
}
