import ArgumentParser
import Coordinator
import CoreMetrics
import Database
import Foundation
import Keys
import Settings
import Telemetry

/// `sparc coordinator`: identity, catalogue, API and console.
struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Run the coordinator: API, console and fleet.",
        discussion: """
            Needs DATABASE_URL, SPARC_MASTER_KEY, SPARC_WORKER_TOKEN (each also as _FILE) and \
            S3_BUCKET or SPARC_STORE. Run `sparc migrate` before the first start and after each \
            upgrade.
            """
    )

    @Option(help: "A file of NAME=value lines; the environment wins over it.")
    var envFile: String?

    func run() async throws {
        var reader = Environment.reader(try Environment.variables(environmentFile: envFile))
        let settings = CoordinatorSettings(reader: &reader)
        do { try reader.check() } catch { throw Environment.fail(error) }
        let logger = ProcessLog.start("coordinator", level: settings.logLevel)
        Environment.log(reader.notes, logger)
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        do {
            let configuration = try CoordinatorComposition.configuration(settings)
            try await RoleRunner.run(
                CoordinatorRole(configuration, metrics: registry, logger: logger),
                logger: logger
            )
        } catch let error as ExitCode {
            throw error
        } catch {
            FileHandle.standardError.write(Data("sparc coordinator: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }
}
