import Domain
import Foundation
import Logging
import Processes
import ServiceLifecycle
import Settings
import Telemetry
import UnixSignals

/// Everything that `sparc up` runs, wired: the database before the coordinator, the coordinator
/// before ingest, and the other way round at the end.
struct Installation: Sendable {
    let folder: DataFolder
    let settings: UpSettings
    let variables: [String: String]
    let fixtures: String
    let logger: Logger

    func run() async throws {
        try folder.prepare()
        guard let lock = try folder.lock() else {
            throw UpError(
                "another sparc up uses \(folder.path); stop it, or choose another folder with "
                    + "--data-dir"
            )
        }
        _ = try folder.secret("master.key")
        _ = try folder.secret("worker.token")
        let databaseReady = Gate()
        var services: [any Service] = []
        if settings.databaseURL == nil {
            services.append(try database(databaseReady))
        } else {
            try await migrateAndSeed()
            databaseReady.open()
        }
        services.append(coordinator(databaseReady))
        let demo = settings.isDemo ? try Demo(installation: self) : nil
        if let demo { services.append(demo.cameras(gate: databaseReady)) }
        services.append(ingest(databaseReady, demo))
        services.append(Greeting(installation: self, demo: demo, gate: databaseReady))
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigint, .sigterm],
            logger: RoleRunner.quiet(logger)
        )
        configuration.maximumGracefulShutdownDuration = .seconds(20)
        try await ServiceGroup(configuration: configuration).run()
        _ = consume lock
    }

    /// Base URL of the API as processes on this machine reach it.
    var localURL: String { "http://127.0.0.1:\(settings.port)" }

    private func database(_ ready: Gate) throws -> SupervisedProcess {
        let cluster = try PostgresCluster(folder: folder)
        let password = try folder.secret("postgres.password")
        // The cluster's own superuser migrates; it is never used by a role that serves requests.
        try DataFolder.write(
            cluster.url(role: "postgres", password: password),
            to: folder.keys + "/owner.url"
        )
        // Without user and password: the roles add their own, derived from the master key.
        try DataFolder.write(
            "postgresql:///sparc?host=\(cluster.socket)",
            to: folder.keys + "/database.url"
        )
        let logger = logger
        return SupervisedProcess(
            name: "postgres",
            stopSignal: SIGINT,
            grace: .seconds(8),
            logger: logger,
            start: {
                try await cluster.start { line in
                    logger.debug("postgres", metadata: [LogKey.reason: "\(line)"])
                }
            },
            prepare: {
                try await migrateAndSeed()
                ready.open()
            }
        )
    }

    /// Runs `sparc migrate`, and in development `sparc seed`, each in a process of its own: the
    /// owner's connection lives no longer than the migration.
    private func migrateAndSeed() async throws {
        try await runToEnd(["migrate"], name: "migrate")
        if settings.environment == .development { try await runToEnd(["seed"], name: "seed") }
    }

    /// The link that sets this installation up; nil if somebody has.
    func setupLink() async throws -> String? {
        let text = try await runToEnd(
            ["setup-link", "--json", "--url", localURL],
            name: "setup-link",
            owner: false
        )
        let answer = try? JSONDecoder().decode(SetupLinkCommand.Answer.self, from: Data(text.utf8))
        guard let answer else { throw UpError("sparc setup-link answered something else") }
        return answer.link
    }

    /// Runs a command of ours in a process of its own and returns what it printed.
    @discardableResult
    private func runToEnd(
        _ arguments: [String],
        name: String,
        owner: Bool = true
    ) async throws -> String {
        let output = LineCollector()
        let lines = LineCollector()
        let child = try ChildProcess(
            executable: Self.executable,
            arguments: arguments,
            environment: environment(owner: owner),
            output: {
                output.append($0)
                lines.append($0)
            },
            errorOutput: { lines.append($0) }
        )
        let status = await child.waitForExit()
        // Its last lines may arrive after its exit.
        for _ in 0..<200 where !child.hasDeliveredOutput {
            try await Task.sleep(for: .milliseconds(10))
        }
        guard status.isSuccess else {
            throw UpError("sparc \(name) failed (\(status)): \(lines.text)")
        }
        return output.text
    }

    private func coordinator(_ gate: Gate) -> SupervisedProcess {
        var environment = environment(owner: false)
        environment.merge(store()) { $1 }
        environment["API_GATEWAY_PORT"] = String(settings.port)
        return role("coordinator", ["coordinator"], environment, gate)
    }

    private func ingest(_ gate: Gate, _ demo: Demo?) -> SupervisedProcess {
        var environment = common()
        environment["SPARC_WORKER_TOKEN_FILE"] = folder.workerTokenFile
        environment["SPARC_COORDINATOR_URL"] = localURL
        environment["SPARC_DATA_DIR"] = folder.path
        environment.merge(store()) { $1 }
        return role("ingest", ["ingest"], environment, gate)
    }

    /// A role of this executable as a supervised child that ends when we do.
    func role(
        _ name: String,
        _ arguments: [String],
        _ environment: [String: String],
        _ gate: Gate
    ) -> SupervisedProcess {
        var environment = environment
        environment[ParentWatch.variable] = "1"
        let fixed = environment
        return SupervisedProcess(
            name: name,
            logger: logger,
            gate: gate,
            start: {
                try ChildProcess(
                    executable: Self.executable,
                    arguments: arguments,
                    environment: fixed
                )
            }
        )
    }

    /// What every role gets: no secret, and nothing of ours that it does not need.
    func common() -> [String: String] {
        var result = [
            "PATH": "/usr/bin:/bin", "SPARC_ENV": settings.environment.rawValue,
            Environment.isWholeVariable: "1",
        ]
        for name in [
            "LOG_LEVEL", "SPARC_CHUNK_SECONDS", "SPARC_RECORDER_GROUP", "SPARC_EDGE_BIND",
            "SPARC_EDGE_PORT", "SPARC_EDGE_URL", "SPARC_RECORDER_UID",
            "SPARC_SPOOL_FREE_PERCENT", "SPARC_SPOOL_LIMIT_MB", "SPARC_STORE_QUOTA_GB",
            "SWIFT_BACKTRACE",
        ] {
            if let value = variables[name] { result[name] = value }
        }
        // Simulated cameras are on loopback, which is never open by itself.
        let networks = variables["CAMERA_NETWORKS"]
        let demoNetworks = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"
        result["CAMERA_NETWORKS"] = networks ?? (settings.isDemo ? demoNetworks : nil)
        return result
    }

    /// What the roles that read or write footage get of an outside store.
    private func store() -> [String: String] {
        guard let bucket = variables["S3_BUCKET"], !bucket.isEmpty else {
            return ["SPARC_STORE": variables["SPARC_STORE"] ?? folder.store]
        }
        var result: [String: String] = [:]
        for name in BucketSettings.variables {
            if let value = variables[name] { result[name] = value }
        }
        return result
    }

    func environment(owner: Bool) -> [String: String] {
        var result = common()
        for name in [
            "SPARC_BIND", "ENABLE_CORS", "CORS_ORIGINS", "S3_DIRECT_PLAYBACK", "WEBHOOK_NETWORKS",
            "JWT_SECRET", "JWT_SECRET_FILE", "SPARC_RATE_READS", "SPARC_RATE_WRITES",
            "SPARC_RATE_PLAYLISTS", "SPARC_RATE_TENANT", "SPARC_RATE_UNKNOWN",
            "SPARC_TRUSTED_PROXIES",
            "IDENTITY_NETWORKS", "SPARC_PUBLIC_URL",
            "SPARC_MASTER_KEY_PREVIOUS", "SPARC_MASTER_KEY_PREVIOUS_FILE",
        ] + RedisSettings.variables {
            if let value = variables[name] { result[name] = value }
        }
        if settings.isDemo, result["SPARC_PUBLIC_URL"] == nil {
            result["SPARC_PUBLIC_URL"] = localURL
        }
        // As they are used, so that what is noted of them is noted once.
        result["JWT_EXPIRES_IN"] = DurationText.text(settings.tokens.access)
        result["REFRESH_TOKEN_EXPIRES_IN"] = DurationText.text(settings.tokens.refresh)
        result["SPARC_WORKER_TOKEN_FILE"] = folder.workerTokenFile
        if let key = variables["SPARC_MASTER_KEY"] {
            result["SPARC_MASTER_KEY"] = key
        } else {
            result["SPARC_MASTER_KEY_FILE"] =
                variables["SPARC_MASTER_KEY_FILE"] ?? folder.masterKeyFile
        }
        if let url = settings.databaseURL {
            result["DATABASE_URL"] = url
            if owner { result["DATABASE_OWNER_URL"] = settings.ownerURL ?? url }
            if let platform = settings.platformURL { result["DATABASE_PLATFORM_URL"] = platform }
        } else {
            result["DATABASE_URL_FILE"] = folder.keys + "/database.url"
            if owner { result["DATABASE_OWNER_URL_FILE"] = folder.keys + "/owner.url" }
        }
        return result
    }

    /// This program, also when it was replaced on disk or started by a relative path.
    static let executable: String = {
        let link = "/proc/self/exe"
        return (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) ?? link
    }()
}
