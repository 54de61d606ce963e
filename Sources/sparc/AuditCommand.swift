import ArgumentParser
import Catalog
import Domain
import Foundation
import Jobs
import Keys
import Processes
import Settings

/// `sparc audit`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Check that the audit logs are what was written.",
        subcommands: [Verify.self]
    )

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every entry's hash, and the heads that the object store keeps.",
            discussion: """
                Each organisation's log is a chain: an entry's hash is of the one before and of \
                the entry. Coordinators put the chain's signed head into the object store every \
                hour, under audit/, so that even the owner of the database cannot write a log \
                anew or cut it without being seen here. Keep these objects out of reach of who \
                runs the database, with object lock if the store has it. Needs DATABASE_URL, \
                SPARC_MASTER_KEY (each also as _FILE) and the store's variables as the \
                coordinator has them; SPARC_MASTER_KEY_PREVIOUS where heads are of the master key \
                before. Ends with status 1 if anything is wrong.
                """
        )

        @Option(help: "The organisation's name; all without it.")
        var tenant: String?

        @Flag(help: "Print JSON.")
        var json = false

        @OptionGroup var place: RetentionPlace

        func run() async throws {
            let settings = try place.settings(deletes: true)
            try await place.run(deletes: true) { catalog, store in
                let keys = try KeyRing(masterKey: MasterKey.parse(settings.masterKey))
                let verification = AuditVerification(
                    catalog: catalog,
                    store: store,
                    key: keys.derive(.auditAnchor),
                    previousKey: try settings.previousMasterKey.map {
                        try KeyRing(masterKey: MasterKey.parse($0)).derive(.auditAnchor)
                    },
                    now: SystemClock.wall()
                )
                let progress = ProgressLines()
                var reports: [AuditVerification.Report] = []
                for (id, name) in try await chosen(catalog, verification) {
                    reports.append(
                        try await verification.check(id, name: name) {
                            progress.show(
                                IndexProgress(phase: name, done: Int(clamping: $0), total: nil)
                            )
                        }
                    )
                }
                try show(reports)
                if reports.contains(where: { !$0.findings.isEmpty }) { throw ExitCode(1) }
            }
        }

        private func chosen(
            _ catalog: Catalog,
            _ verification: AuditVerification
        ) async throws -> [(id: TenantID, name: String)] {
            let all = try await verification.logs().map { log in
                (log.id, log.name.isEmpty ? "(removed) \(log.id)" : log.name)
            }
            guard let tenant else { return all }
            guard let id = try await catalog.tenantID(named: tenant) else {
                throw CatalogError(.notFound, "there is no organisation \(tenant)")
            }
            return all.filter { $0.0 == id }
        }

        private func show(_ reports: [AuditVerification.Report]) throws {
            if json {
                let encoder = JSONEncoder()
                encoder.keyEncodingStrategy = .convertToSnakeCase
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(reports), as: UTF8.self))
                return
            }
            for report in reports {
                let verdict = report.findings.isEmpty ? "whole" : "NOT WHOLE"
                print(
                    "\(report.name): \(verdict), \(report.entries) entries, "
                        + "\(report.anchors) heads in the store, the newest of "
                        + "entry \(report.anchoredTo)"
                )
                for finding in report.findings { print("  \(finding)") }
            }
        }
    }
}
