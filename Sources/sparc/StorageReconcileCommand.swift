import ArgumentParser
import Catalog
import Domain
import Foundation
import Jobs
import ObjectStore

extension StorageCommand {
    /// `sparc storage reconcile`.
    struct Reconcile: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare the catalogue with the bucket, both ways.",
            discussion: """
                Finds rows without an object, objects without a row, and objects of the wrong \
                length; of a sample it reads every byte and compares the hash. It changes nothing, \
                whatever it finds. Ends with status 0 only if nothing was found. Progress goes to \
                standard error.
                """
        )

        @Option(help: "Objects to read through, chosen at random.")
        var sample = 100

        @Option(help: "Choose the same objects as an earlier run that printed this number.")
        var seed: UInt64?

        @Flag(help: "Compare keys and rows only: no request for each object, no sample.")
        var quick = false

        @Flag(help: "Print JSON.")
        var json = false

        @OptionGroup var place: RetentionPlace

        func validate() throws {
            guard 0...Reconciliation.sampleLimit ~= sample else {
                throw ValidationError("--sample is 0 to \(Reconciliation.sampleLimit)")
            }
        }

        func run() async throws {
            try await place.run(deletes: true) { catalog, store in
                let report = try await Reconciliation(
                    catalog: catalog,
                    store: store,
                    sample: quick ? 0 : sample,
                    seed: seed ?? UInt64.random(in: 0 ... .max),
                    isQuick: quick,
                    settle: { try await Task.sleep(for: .seconds(5)) },
                    progress: ProgressLines().show
                ).run()
                StorageOutput.show(report, json: json)
                if report.findings.count > 0 { throw ExitCode(1) }
            }
        }
    }
}
