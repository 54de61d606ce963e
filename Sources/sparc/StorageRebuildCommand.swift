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

    /// `sparc storage release`.
    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give restored footage back to retention, or list what is protected.",
            discussion: """
                Footage that `sparc storage rebuild` brought back is kept whatever its age until \
                it is released. Look first whether organisations, cameras and holds are as they \
                should be: after the release the next run of retention, within the hour, deletes \
                what is too old. `sparc retention run --plan` shows what that is.
                """
        )

        @Option(help: "The organisation's name.")
        var tenant: String?

        @Option(help: "Only this camera of the organisation.")
        var camera: String?

        @Flag(help: "All organisations.")
        var all = false

        @Flag(help: "Only list what is protected; changes nothing.")
        var plan = false

        @Flag(help: "Print JSON.")
        var json = false

        @OptionGroup var place: RetentionPlace

        func validate() throws {
            guard plan || (tenant != nil) != all else {
                throw ValidationError("name an organisation by --tenant, or say --all")
            }
            guard camera == nil || tenant != nil else {
                throw ValidationError("--camera needs the organisation's name by --tenant")
            }
            guard camera.map({ CameraID($0) != nil }) ?? true else {
                throw ValidationError("--camera is a UUID; --plan lists them")
            }
        }

        func run() async throws {
            let id = camera.flatMap { CameraID($0) }
            try await place.run(deletes: false) { catalog, _ in
                let protected = try await catalog.protectedFootage(tenantID(catalog)).filter {
                    id == nil || $0.camera == id
                }
                if let camera, protected.isEmpty {
                    throw CatalogError(.notFound, "nothing of camera \(camera) is protected")
                }
                if !plan {
                    for tenant in Set(protected.map(\.tenant)).sorted() {
                        _ = try await catalog.releaseRestored(tenant, camera: id)
                    }
                }
                StorageOutput.show(protected, isReleased: !plan, json: json)
            }
        }

        private func tenantID(_ catalog: Catalog) async throws -> TenantID? {
            guard let tenant else { return nil }
            guard let id = try await catalog.tenantID(named: tenant) else {
                throw CatalogError(.notFound, "there is no organisation \(tenant)")
            }
            return id
        }
    }
}
