import ArgumentParser
import Catalog
import Domain
import Foundation
import Jobs
import Keys
import Settings

/// `sparc keys`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Change the keys that stored passwords and secrets are encrypted with.",
        discussion: """
            Each organisation's passwords and secrets are encrypted with a data key of its own, \
            which is stored encrypted with the master key. Everything goes on while keys are \
            changed; a command that was ended half way goes on when it is run again. Needs \
            DATABASE_URL and SPARC_MASTER_KEY (each also as _FILE) as the coordinator has them.
            """,
        subcommands: [Rotate.self, Rewrap.self]
    )

    /// Which organisations a command is for.
    struct Choice: ParsableArguments {
        @Option(help: "The organisation's name.")
        var tenant: String?

        @Flag(help: "All organisations.")
        var all = false

        func validate() throws {
            guard all != (tenant != nil) else {
                throw ValidationError("give either --tenant NAME or --all")
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give organisations a new data key.",
            discussion: """
                1. A new data key becomes the current one. 2. Every password and secret is \
                encrypted with it in place of the old one. 3. The old key is deleted. Ends with status 1 if a value could \
                not be decrypted; it stays as it is, with the key that it names.
                """
        )

        @OptionGroup var choice: Choice
        @OptionGroup var place: RetentionPlace

        func run() async throws {
            try await KeysCommand.run(place, choice) { catalog, envelope, tenant, name in
                let rotation = KeyRotation(catalog: catalog, envelope: envelope)
                let report = try await rotation.run(tenant)
                let gone = report.deleted.map { "\($0)" }.joined(separator: ", ")
                print(
                    "\(name): data key \(report.key), \(report.sealed) values encrypted anew"
                        + (gone.isEmpty ? "" : ", deleted key \(gone)")
                )
                return report.failures
            }
        }
    }

    struct Rewrap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring stored keys from one master key to the next.",
            discussion: """
                SPARC_MASTER_KEY is the new master key and SPARC_MASTER_KEY_PREVIOUS (each also \
                as _FILE) the old one. 1. Data keys are encrypted with the new master key. 2. \
                What was encrypted before there were data keys is encrypted with one. The README \
                says what else a change of the master key means, and in which order to do it.
                """
        )

        @OptionGroup var choice: Choice
        @OptionGroup var place: RetentionPlace

        func run() async throws {
            try await KeysCommand.run(place, choice) { catalog, envelope, tenant, name in
                let change = MasterKeyChange(catalog: catalog, envelope: envelope)
                let report = try await change.run(tenant)
                print(
                    "\(name): \(report.wrapped) data keys under the new master key, "
                        + "\(report.rest.sealed) values encrypted anew"
                )
                return report.rest.failures
            }
        }
    }

    /// Calls a body for each organisation; prints what it says of single values.
    private static func run(
        _ place: RetentionPlace,
        _ choice: Choice,
        _ body: (Catalog, Envelope, TenantID, String) async throws -> [String: String]
    ) async throws {
        let settings = try place.settings(deletes: false)
        try await place.run(deletes: false) { catalog, _ in
            let envelope = Envelope(
                ring: try KeyRing(masterKey: MasterKey.parse(settings.masterKey)),
                previous: try settings.previousMasterKey.map {
                    try KeyRing(masterKey: MasterKey.parse($0))
                },
                store: catalog
            )
            let all = try await catalog.tenants()
            let chosen = choice.all ? all : all.filter { $0.name == choice.tenant }
            if chosen.isEmpty, let name = choice.tenant {
                throw CatalogError(.notFound, "there is no organisation \(name)")
            }
            var isWhole = true
            for (id, name) in chosen {
                for (place, problem) in try await body(catalog, envelope, id, name) {
                    isWhole = false
                    print("  \(place): \(problem)")
                }
            }
            if !isWhole { throw ExitCode(1) }
        }
    }
}
