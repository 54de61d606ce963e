import ArgumentParser
import Domain
import Foundation
import Logging
import Processes
import Settings
import Telemetry

/// `sparc up`: PostgreSQL, coordinator and ingest on this machine, each a process of its own.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Run everything on this machine: database, coordinator and ingest.",
        discussion: """
            Without DATABASE_URL a private PostgreSQL runs in the data folder; without S3_BUCKET \
            footage is stored in a folder. Ctrl-C ends all processes in order.
            """
    )

    @Flag(help: "Development mode on 127.0.0.1 with three simulated cameras and a known login.")
    var demo = false

    @Option(
        help:
            "Where everything is kept. Default: /var/lib/sparc for root, else ~/.local/share/sparc."
    )
    var dataDir: String?

    @Option(help: "Port of the console and the API.")
    var port: Int?

    @Option(help: "Folder with the clips of the simulated cameras.")
    var fixtures = "Fixtures"

    @Option(help: "A file of NAME=value lines; the environment wins over it.")
    var envFile: String?

    func validate() throws {
        if let port, !(0...65_535).contains(port) {
            throw ValidationError("--port must be from 1 to 65535, for example --port 3000")
        }
    }

    func run() async throws {
        var variables = try Environment.variables(
            environmentFile: envFile,
            defaults: demo ? ["SPARC_ENV": DeploymentEnvironment.development.rawValue] : [:]
        )
        if let port { variables["API_GATEWAY_PORT"] = String(port) }
        var reader = Environment.reader(variables)
        let settings = UpSettings(reader: &reader, isDemo: demo)
        reader.reportProblemsOfRoles(variables)
        do { try reader.check() } catch { throw Environment.fail(error) }
        let logger = ProcessLog.start("up", level: settings.logLevel)
        Environment.log(reader.notes, logger)
        let base = dataDir ?? variables["SPARC_DATA_DIR"] ?? DataFolder.standard
        let absolute = URL(fileURLWithPath: base).standardizedFileURL.path
        let installation = Installation(
            folder: DataFolder(path: absolute),
            settings: settings,
            variables: variables,
            fixtures: URL(fileURLWithPath: fixtures).standardizedFileURL.path,
            logger: logger
        )
        do {
            try await installation.run()
        } catch let error as UpError {
            FileHandle.standardError.write(Data("sparc up: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }
}
