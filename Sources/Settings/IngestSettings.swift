package import Domain

/// Everything `sparc ingest` reads from its environment: where the coordinator is, the token and
/// the data folder; the rest has defaults.
package struct IngestSettings: Sendable {
    package var logLevel: LogLevelSetting
    /// `SPARC_COORDINATOR_URL`.
    package var coordinatorURL: String
    /// `SPARC_WORKER_TOKEN[_FILE]`.
    package var workerToken: String
    /// `SPARC_DATA_DIR`: the spool and the worker's id are in it.
    package var dataFolder: String
    /// `S3_BUCKET` and what belongs to it, else `SPARC_STORE`.
    package var store: StoreSettings
    /// `CAMERA_NETWORKS`.
    package var cameraNetworks: AddressPolicy
    /// `SPARC_EDGE_BIND` and `SPARC_EDGE_PORT`: where the live edge listens; port 0 takes a free one.
    package var edgeBind: String
    package var edgePort: Int
    /// `SPARC_EDGE_URL`: how the coordinator reaches the live edge, where that is not the bind
    /// address.
    package var edgeURL: String?
    /// `SPARC_CHUNK_SECONDS`: length of a stored object; 4 stores each segment by itself.
    package var chunkSeconds: Int
    /// `SPARC_RECORDER_GROUP`: cameras per recorder process.
    package var recorderGroup: Int
    /// `SPARC_SPOOL_FREE_PERCENT`: percent of the spool's file system that copies of stored footage
    /// leave free; half of it is left free at the price of footage.
    package var spoolFreePercent: Int
    /// `SPARC_SPOOL_LIMIT_MB`: megabytes that the spool may have in all; nil for the disk's room.
    package var spoolLimitMegabytes: Int?
    /// `SPARC_RECORDER_UID`: the recorder's user when started by root.
    package var recorderUserID: Int

    /// Reads all variables; problems are collected in the reader.
    package init(reader: inout SettingsReader) {
        logLevel = reader.choice("LOG_LEVEL", default: .info)
        coordinatorURL =
            reader.webAddress("SPARC_COORDINATOR_URL", example: "http://sparc-coordinator:3000")
            ?? ""
        if coordinatorURL.isEmpty, reader.text("SPARC_COORDINATOR_URL") == nil {
            reader.report(
                "SPARC_COORDINATOR_URL",
                "is not set",
                "http://sparc-coordinator:3000"
            )
        }
        workerToken = reader.required("SPARC_WORKER_TOKEN", example: "(32 characters or more)")
        let folder = reader.required("SPARC_DATA_DIR", example: "/var/lib/sparc")
        dataFolder = folder
        if !folder.isEmpty, !folder.hasPrefix("/") {
            reader.report("SPARC_DATA_DIR", "must be an absolute path", "/var/lib/sparc")
        }
        store = StoreSettings(reader: &reader, folder: folder + "/store")
        cameraNetworks = reader.cameraNetworks()
        edgeBind = reader.text("SPARC_EDGE_BIND") ?? "127.0.0.1"
        edgePort = reader.integer("SPARC_EDGE_PORT", 0...65_535, default: 0)
        edgeURL = reader.webAddress("SPARC_EDGE_URL", example: "http://ingest-0.ingest:3010")
        chunkSeconds = reader.integer("SPARC_CHUNK_SECONDS", 4...600, default: 60)
        recorderGroup = reader.integer("SPARC_RECORDER_GROUP", 1...256, default: 64)
        spoolFreePercent = reader.integer("SPARC_SPOOL_FREE_PERCENT", 1...90, default: 10)
        spoolLimitMegabytes = reader.text("SPARC_SPOOL_LIMIT_MB").map { _ in
            reader.integer("SPARC_SPOOL_LIMIT_MB", 64...1_000_000_000, default: 100_000)
        }
        recorderUserID = reader.integer("SPARC_RECORDER_UID", 1...65_533, default: 64_800)
        reader.noteVariablesWithoutEffect()
    }
}
