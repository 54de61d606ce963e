import ArgumentParser
import Catalog
import Domain
import Foundation
import Jobs
import ObjectStore

extension StorageCommand {
    /// `sparc storage rebuild`.
    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the catalogue of the footage anew from the bucket.",
            discussion: """
                For a database that is lost, or that was restored from a backup older than the \
                footage. Run `sparc migrate` (or start `sparc up` once) first. Each object's \
                metadata tells its row; nothing in the bucket changes, rows that are there stay as \
                they are, and a run that was interrupted is completed by the next. Organisations \
                and cameras that the database does not know come back under names that say so; \
                such a camera has no address, is in no list and is not recorded. Users, holds, \
                events, alerts and webhooks are in no bucket and do not come back. Restored \
                footage is kept whatever its age until `sparc storage release`; until then the \
                bucket's own expiry is off. Ends with status 1 if an object could not be restored, \
                a row differs, there is no footage at all or an owner could not be made. Progress \
                goes to standard error.
                """
        )

        @Flag(help: "Only show what a run would find; changes nothing.")
        var plan = false

        @Flag(help: "Print JSON.")
        var json = false

        @Flag(help: "Restore although the bucket looks like another installation's.")
        var force = false

        @Option(
            help: """
                E-mail address of a new owner of each organisation that has footage but no user; \
                its password is made and printed once.
                """
        )
        var owner: String?

        @OptionGroup var place: RetentionPlace

        func validate() throws {
            if let owner, !(3...254 ~= owner.count && owner.contains("@")) {
                throw ValidationError(
                    "--owner is an e-mail address such as --owner you@example.com"
                )
            }
            if plan, owner != nil { throw ValidationError("--plan makes no owner") }
        }

        func run() async throws {
            try await place.run(deletes: true) { catalog, store in
                let rebuild = IndexRebuild(
                    catalog: catalog,
                    store: store,
                    rules: (store as? any LifecycleStoring).map {
                        BucketRules(catalog: catalog, store: $0)
                    },
                    progress: ProgressLines().show
                )
                if plan {
                    StorageOutput.show(try await rebuild.plan(), json: json)
                    return
                }
                let outcome: RebuildOutcome
                do { outcome = try await rebuild.run(isForced: force) } catch {
                    throw StorageOutput.interrupted(error)
                }
                switch outcome {
                case .foreign(let plan): throw StorageOutput.foreign(plan)
                case .done(let report):
                    let owners = try await RestoredOwners.make(owner, catalog) {
                        StorageOutput.show($0, json: json)
                    }
                    StorageOutput.show(report, owners, json: json)
                    guard report.isComplete, owners.failures.isEmpty else { throw ExitCode(1) }
                }
            }
        }
    }
}
