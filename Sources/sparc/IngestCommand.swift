import ArgumentParser
import CoreMetrics
import Foundation
import Logging
import Processes
import ServiceLifecycle
import Settings
import Spool
import Telemetry
import Worker

/// `sparc ingest`: one ingest worker.
struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Run an ingest worker: record, ship and serve live video.",
        discussion: """
            Needs SPARC_COORDINATOR_URL, SPARC_WORKER_TOKEN (or _FILE) and SPARC_DATA_DIR, and \
            nothing else: no database, no master key.
            """
    )

    @Option(help: "A file of NAME=value lines; the environment wins over it.")
    var envFile: String?

    func run() async throws {
        var reader = Environment.reader(try Environment.variables(environmentFile: envFile))
        let settings = IngestSettings(reader: &reader)
        do { try reader.check() } catch { throw Environment.fail(error) }
        let logger = ProcessLog.start("ingest", level: settings.logLevel)
        Environment.log(reader.notes, logger)
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        let role = WorkerRole(
            configuration: WorkerConfiguration(
                coordinatorURL: settings.coordinatorURL,
                token: settings.workerToken,
                dataFolder: settings.dataFolder,
                store: try StoreComposition.location(settings.store),
                cameraNetworks: settings.cameraNetworks,
                edgeBind: settings.edgeBind,
                edgePort: settings.edgePort,
                edgeURL: settings.edgeURL,
                chunkSeconds: settings.chunkSeconds,
                recorderGroup: settings.recorderGroup,
                spoolQuota: SpoolQuota(
                    freePercent: settings.spoolFreePercent,
                    limitBytes: settings.spoolLimitMegabytes.map { $0 << 20 }
                ),
                recorderUserID: geteuid() == 0 ? settings.recorderUserID : nil,
                executable: Installation.executable
            ),
            metrics: registry,
            logger: logger
        )
        try await RoleRunner.run(role, logger: logger)
    }
}
