import ArgumentParser
import Catalog
import Database
import Domain
import Foundation
import Keys
import Settings

/// `sparc migrate`: makes or upgrades the database's schema and the roles that others log in as.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Make or upgrade the database's schema.",
        discussion: """
            Needs DATABASE_OWNER_URL (else DATABASE_URL): a superuser, or an owner that may create \
            roles; and SPARC_MASTER_KEY, from which the roles' passwords derive.
            """
    )

    @Flag(help: "Only show which migrations are applied.")
    var status = false

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "A file of NAME=value lines; the environment wins over it.")
    var envFile: String?

    func run() async throws {
        var reader = Environment.reader(try Environment.variables(environmentFile: envFile))
        let settings = MigrateSettings(reader: &reader)
        do { try reader.check() } catch { throw Environment.fail(error) }
        do {
            let owner = try ConnectionSettings(settings.ownerURL)
            if status {
                show(try await CatalogSetup.status(owner: owner))
                return
            }
            let keys = try KeyRing(masterKey: MasterKey.parse(settings.masterKey))
            let report = try await CatalogSetup.bootstrap(
                owner: owner,
                appPassword: DatabaseRole.password(CatalogSetup.appRole, keys),
                platformPassword: DatabaseRole.password(CatalogSetup.platformRole, keys)
            )
            for warning in report.warnings {
                FileHandle.standardError.write(Data("sparc migrate: \(warning)\n".utf8))
            }
            print(
                report.applied.isEmpty
                    ? "the database is up to date"
                    : "applied \(report.applied.joined(separator: ", "))"
            )
        } catch {
            FileHandle.standardError.write(Data("sparc migrate: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }

    private func show(_ all: [MigrationStatus]) {
        for one in all {
            print(
                json
                    ? "{\"name\":\"\(one.name)\",\"applied\":\(one.isApplied)}"
                    : "\(one.isApplied ? "applied" : "missing")  \(one.name)"
            )
        }
    }
}
