/// What each target of ours may import. SwiftPM does not enforce it: a module that is reached
/// transitively can be imported undeclared. A new row or entry belongs to a reason, in the design
/// or in the comment beside it.
enum ImportTable {
    struct Row {
        /// Targets of this package, C modules included.
        var ours: Set<String>
        /// Products of other packages and system modules.
        var outside: Set<String>

        init(_ ours: Set<String>, outside: Set<String> = []) {
            self.ours = ours
            self.outside = outside
        }
    }

    /// Part of the language, allowed everywhere. Not the whole of Foundation: it costs a recorder
    /// several megabytes, so that is named where it is allowed.
    static let everywhere: Set<String> = ["Swift", "FoundationEssentials", "Synchronization"]

    static let rows: [String: Row] = values.merging(world) { $1 }.merging(roles) { $1 }

    /// The targets that may hold the word `unsafe`: one thin owner each of a C library or of the
    /// system's calls.
    static let unsafeTargets: Set<String> = [
        "Sockets", "MediaIO", "Transfer", "Database", "PasswordHash", "SharedState", "Files",
    ]

    /// Loose tasks that are allowed, by path, with the reason.
    static let looseTasks: [String: String] = [
        "Sources/sparc/Main.swift":
            "a recorder must confine itself before the executor has threads, so main is not async",
        "Sources/API/LastAnswers.swift":
            "a question that takes too long is left behind: to wait for its end is what it spares",
        "Sources/Coordinator/ProviderMemory.swift":
            "many logins wait for one answer of a provider, which outlives who asked first",
        "Sources/ObjectStore/S3/S3CredentialSource.swift":
            "many requests wait for one reading, which outlives the request that began it",
    ]

    /// Targets that write to standard output by `print`: the command line only.
    static let printers: Set<String> = ["sparc"]

    private static let values: [String: Row] = [
        "Domain": Row([]),
        "Settings": Row(["Domain"]),
        "Telemetry": Row([], outside: ["Logging", "CoreMetrics", "Metrics"]),
        "Keys": Row(["Domain"], outside: ["Crypto"]),
        "RTSP": Row(["Domain"], outside: ["Crypto"]),
        "Playlist": Row(["Domain"]),
        "Fleet": Row(["Domain"]),
        "Alerting": Row(["Domain"]),
        "Identity": Row(["Domain", "Keys"], outside: ["JWTKit", "Crypto"]),
    ]

    private static let world: [String: Row] = [
        // Child processes with pipes and signals.
        "Processes": Row(["Domain", "CLinux"], outside: ["Foundation", "Glibc"]),
        "Sockets": Row(["Domain", "CLinux"], outside: ["Glibc"]),
        "MediaIO": Row(["Domain", "CFFmpeg"]),
        // File descriptors with exact errors, for the spool and the directory store.
        "Files": Row(["CLinux"], outside: ["Glibc", "Dispatch", "FoundationEssentials"]),
        "Spool": Row(["Domain", "Files"]),
        "Transfer": Row(["Domain", "Telemetry", "CCurl"], outside: ["Foundation"]),
        "ObjectStore": Row(["Domain", "Files", "Transfer"], outside: ["Crypto", "Foundation"]),
        "Database": Row(["Domain", "CPostgres"], outside: ["Foundation", "Dispatch"]),
        "PasswordHash": Row(["Domain", "CArgon2"], outside: ["Foundation"]),
        // Transfer for connection and TLS, which hiredis 0.14 has not.
        "SharedState": Row(["Domain", "Transfer", "CRedis"]),
        "Catalog": Row(["Domain", "Telemetry", "Database"]),
    ]

    private static let roles: [String: Row] = [
        "Recorder": Row(["Domain", "RTSP", "Sockets", "MediaIO", "Spool", "Files"]),
        "Shipper": Row(["Domain", "Telemetry", "Files", "Spool", "ObjectStore"]),
        "LiveEdge": Row(
            ["Domain", "Telemetry", "Spool", "Playlist", "Keys"],
            outside: ["Hummingbird", "HTTPTypes", "NIOCore", "Logging"]
        ),
        "Worker": Row(
            [
                "Domain", "Telemetry", "Settings", "Spool", "Shipper", "LiveEdge", "Fleet",
                "Transfer", "ObjectStore", "Processes", "Files", "Keys",
            ],
            outside: ["ServiceLifecycle", "Logging", "CoreMetrics", "Foundation"]
        ),
        "Jobs": Row(
            ["Domain", "Telemetry", "Catalog", "ObjectStore", "Alerting", "Keys"]
        ),
        "API": Row(
            [
                "Domain", "Telemetry", "Catalog", "Identity", "Keys", "Playlist",
                "AccessControl", "Alerting", "Fleet", "ObjectStore",
            ],
            outside: ["Hummingbird", "HTTPTypes", "NIOCore", "Logging", "Foundation"]
        ),
        "Console": Row(["Domain"], outside: ["Hummingbird", "HTTPTypes", "NIOCore", "Foundation"]),
        "Coordinator": Row(
            [
                "Domain", "Telemetry", "Settings", "Catalog", "Database", "Identity", "Keys",
                "PasswordHash", "Playlist", "Fleet", "Alerting", "ObjectStore", "Transfer",
                "Processes", "API", "Console", "Jobs", "SharedState",
            ],
            outside: [
                "Hummingbird", "HTTPTypes", "NIOCore", "ServiceLifecycle", "Logging", "Foundation",
                "Dispatch",
            ]
        ),
        // Glibc for `linger`, the value of a socket option.
        "CameraSimulator": Row(
            ["Domain"],
            outside: ["NIOCore", "NIOPosix", "Crypto", "Glibc"]
        ),
        "sparc": Row(
            [
                "Domain", "Telemetry", "Settings", "Keys", "Transfer", "Database", "Catalog",
                "PasswordHash", "Recorder", "Worker", "Coordinator", "CameraSimulator", "Sockets",
                "Spool", "ObjectStore", "Processes", "Files", "Jobs", "SharedState",
            ],
            outside: [
                "ArgumentParser", "ServiceLifecycle", "UnixSignals", "Logging", "CoreMetrics",
                "Foundation", "Dispatch",
            ]
        ),
        // `make bench`; nothing imports it but its tests. Glibc for the length of a clock tick.
        "SparcBench": Row(
            [
                "Domain", "TestSupport", "Transfer", "Processes", "Sockets", "Database", "Identity",
                "Keys", "PasswordHash",
            ],
            outside: ["ArgumentParser", "UnixSignals", "Foundation", "Glibc"]
        ),
        "TestSupport": Row(
            [
                "Domain", "Spool", "Database", "Transfer", "Sockets", "Processes", "Files",
                "CLinux", "ObjectStore",
            ],
            outside: ["Foundation", "Logging", "NIOCore", "NIOPosix"]
        ),
    ]
}
