import ArgumentParser
import Catalog
import Database
import Foundation
import Keys
import ObjectStore
import Processes
import Settings

/// Which database and store a command of retention or storage works on: those of the environment, else those
/// of a `sparc up` on this machine.
struct RetentionPlace: ParsableArguments {
    @Option(help: "Data folder of a running `sparc up`, in place of the environment.")
    var dataDir: String?

    @Option(help: "A file of NAME=value lines; the environment wins over it.")
    var envFile: String?

    /// What the environment or the folder says; prints what is wrong and ends with status 1.
    /// - Parameter deletes: Whether the store is needed.
    func settings(deletes: Bool) throws -> RetentionSettings {
        var variables = try Environment.variables(environmentFile: envFile)
        if let dataDir { addFolder(dataDir, &variables) }
        var reader = Environment.reader(variables)
        let settings = RetentionSettings(reader: &reader, deletes: deletes)
        do { try reader.check() } catch { throw Environment.fail(error) }
        return settings
    }

    /// Calls a body with both; prints what went wrong and ends with status 1.
    func run(
        deletes: Bool,
        _ body: (Catalog, any TaggedObjectStoring) async throws -> Void
    ) async throws {
        let actor = AuditActor(kind: .command, name: "sparc, run by \(NSUserName())")
        try await AuditTrail.$current.withValue(AuditTrail(actor)) {
            try await runAsActor(deletes: deletes, body)
        }
    }

    private func runAsActor(
        deletes: Bool,
        _ body: (Catalog, any TaggedObjectStoring) async throws -> Void
    ) async throws {
        let settings = try settings(deletes: deletes)
        do {
            let catalog = try catalog(settings)
            do {
                try await catalog.startupCheck()
                try await body(
                    catalog,
                    try StoreComposition.location(settings.store).open(
                        now: { SystemClock.wall() },
                        random: { Double.random(in: 0..<1) }
                    )
                )
            } catch {
                await catalog.shutdown()
                throw error
            }
            await catalog.shutdown()
        } catch let error as ExitCode {
            throw error
        } catch {
            FileHandle.standardError.write(Data("sparc: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }

    /// What `sparc up` gives its coordinator, where the environment does not say otherwise.
    private func addFolder(_ path: String, _ variables: inout [String: String]) {
        let folder = DataFolder(path: URL(fileURLWithPath: path).standardizedFileURL.path)
        let defaults = [
            "DATABASE_URL": folder.keys + "/database.url",
            "SPARC_MASTER_KEY": folder.masterKeyFile,
        ]
        for (name, file) in defaults
        where variables[name] == nil && variables[name + "_FILE"] == nil {
            variables[name + "_FILE"] = file
        }
        variables["SPARC_STORE"] = variables["SPARC_STORE"] ?? folder.store
    }

    private func catalog(_ settings: RetentionSettings) throws -> Catalog {
        let keys = try KeyRing(masterKey: MasterKey.parse(settings.masterKey))
        func pool(_ url: String, _ role: String) throws -> ConnectionPool {
            ConnectionPool(
                try ConnectionSettings(DatabaseRole.url(url, role, keys)),
                size: 1
            )
        }
        return Catalog(
            app: try pool(settings.databaseURL, CatalogSetup.appRole),
            platform: try pool(
                settings.platformURL ?? settings.databaseURL,
                CatalogSetup.platformRole
            )
        )
    }
}
