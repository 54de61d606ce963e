import ArgumentParser
import Catalog
import Database
import Foundation
import Keys
import Settings

/// `sparc setup-link`: the one-time link that makes the first organisation and its owner.
struct SetupLinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup-link",
        abstract: "Print a one-time link that sets this installation up.",
        discussion: """
            Works as long as there is no organisation: whoever opens the link within 24 hours makes \
            one and becomes its owner. A link printed before is good no more. Needs DATABASE_URL \
            and SPARC_MASTER_KEY (each also as _FILE), as the coordinator has them; without \
            DATABASE_URL it takes those of the data folder of sparc up.
            """
    )

    @Option(help: "How browsers reach the console, without a slash at the end.")
    var url: String?

    @Option(help: "The data folder of sparc up. Default: /var/lib/sparc for root, else under ~.")
    var dataDir: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "A file of NAME=value lines; the environment wins over it.")
    var envFile: String?

    /// What `--json` prints.
    struct Answer: Codable {
        /// Whether there is an organisation; then there is no link.
        var isSetUp: Bool
        /// A secret.
        var link: String?

        private enum CodingKeys: String, CodingKey {
            case isSetUp = "is_set_up"
            case link
        }
    }

    func run() async throws {
        var variables = try Environment.variables(environmentFile: envFile)
        addDataFolder(to: &variables)
        var reader = Environment.reader(variables)
        let port = reader.integer("API_GATEWAY_PORT", 0...65_535, default: 3_000)
        let database = reader.required("DATABASE_URL", example: "postgresql://db:5432/sparc")
        let platform = reader.secret("DATABASE_PLATFORM_URL") ?? database
        let master = reader.required("SPARC_MASTER_KEY", example: "(64 hex digits)")
        do { try reader.check() } catch { throw Environment.fail(error) }
        do {
            let keys = try KeyRing(masterKey: MasterKey.parse(master))
            let base = url ?? "http://127.0.0.1:\(port)"
            try show(
                await link(
                    base.hasSuffix("/") ? String(base.dropLast()) : base,
                    DatabaseRole.url(database, CatalogSetup.appRole, keys),
                    DatabaseRole.url(platform, CatalogSetup.platformRole, keys)
                )
            )
        } catch {
            FileHandle.standardError.write(Data("sparc setup-link: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }

    /// Nil if there is an organisation.
    private func link(
        _ base: String,
        _ app: String,
        _ platform: String
    ) async throws -> String? {
        let catalog = Catalog(
            app: ConnectionPool(try ConnectionSettings(app), size: 1),
            platform: ConnectionPool(try ConnectionSettings(platform), size: 1)
        )
        let token = SetupToken()
        do {
            let isOffered = try await catalog.offerSetup(tokenHash: token.hash)
            await catalog.shutdown()
            return isOffered ? token.link(base: base) : nil
        } catch {
            await catalog.shutdown()
            throw error
        }
    }

    private func show(_ link: String?) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let answer = Answer(isSetUp: link == nil, link: link)
            print(String(decoding: try encoder.encode(answer), as: UTF8.self))
        } else {
            print(link ?? "this installation is set up: log in")
        }
    }

    /// Without a database in the environment: the private one of `sparc up`.
    private func addDataFolder(to variables: inout [String: String]) {
        guard variables["DATABASE_URL"] == nil, variables["DATABASE_URL_FILE"] == nil else {
            return
        }
        let folder = DataFolder(
            path: dataDir ?? variables["SPARC_DATA_DIR"] ?? DataFolder.standard
        )
        let file = folder.keys + "/database.url"
        guard FileManager.default.fileExists(atPath: file) else { return }
        variables["DATABASE_URL_FILE"] = file
        if variables["SPARC_MASTER_KEY"] == nil, variables["SPARC_MASTER_KEY_FILE"] == nil {
            variables["SPARC_MASTER_KEY_FILE"] = folder.masterKeyFile
        }
    }
}
