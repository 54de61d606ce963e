import ArgumentParser
import Catalog
import Database
import Foundation
import Keys
import PasswordHash
import Settings

/// `sparc seed`: the development tenant and its login.
struct SeedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seed",
        abstract: "Make the development login; only with SPARC_ENV=development."
    )

    @Option(help: "A file of NAME=value lines; the environment wins over it.")
    var envFile: String?

    func run() async throws {
        var reader = Environment.reader(try Environment.variables(environmentFile: envFile))
        let settings = MigrateSettings(reader: &reader)
        if settings.environment != .development {
            reader.report(
                "SPARC_ENV",
                "must be development: the login that seed makes is known to everybody",
                "development"
            )
        }
        do { try reader.check() } catch { throw Environment.fail(error) }
        do {
            let keys = try KeyRing(masterKey: MasterKey.parse(settings.masterKey))
            let address = try ConnectionSettings(settings.ownerURL)
            let catalog = Catalog(
                app: ConnectionPool(
                    address.connecting(
                        as: CatalogSetup.appRole,
                        password: DatabaseRole.password(CatalogSetup.appRole, keys)
                    ),
                    size: 1
                ),
                platform: ConnectionPool(
                    address.connecting(
                        as: CatalogSetup.platformRole,
                        password: DatabaseRole.password(CatalogSetup.platformRole, keys)
                    ),
                    size: 1
                )
            )
            let hash = try await PasswordHasher.hash(DevelopmentLogin.password)
            _ = try await catalog.seedDevelopment(
                tenantName: DevelopmentLogin.tenant,
                email: DevelopmentLogin.email,
                passwordHash: hash,
                role: "owner"
            )
            await catalog.shutdown()
            print("the development login is \(DevelopmentLogin.email)")
        } catch {
            FileHandle.standardError.write(Data("sparc seed: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }
}
