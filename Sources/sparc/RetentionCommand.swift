import ArgumentParser
import Catalog
import Database
import Domain
import Foundation
import Jobs
import Keys
import ObjectStore
import Settings

/// `sparc retention run|set|quota`.
struct RetentionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention",
        abstract: "Delete footage past its retention, or change how long it is kept.",
        discussion: """
            Coordinators do this hourly by themselves. Needs DATABASE_URL and SPARC_MASTER_KEY \
            (each also as _FILE), to delete also the store's variables as the coordinator has \
            them (S3_BUCKET and others, or SPARC_STORE); on the machine of a `sparc up` --data-dir \
            is enough for all but S3.
            """,
        subcommands: [Run.self, Change.self, RetentionQuotaCommand.self]
    )

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete what is past its retention now, or only show it.",
            discussion: """
                Camera, else site, else organisation say how many days footage is kept; holds keep \
                it longer; where there is more than a quota the oldest goes before its time. A run that was interrupted is completed by the next. Nothing is deleted \
                for 12 hours after the database's clock jumped by more than 6 hours, which is also \
                what a long pause looks like: use --force when the clock is right.
                """
        )

        @Flag(help: "Only show what a run would delete.")
        var plan = false

        @Flag(help: "Print JSON.")
        var json = false

        @Flag(help: "Delete although the database's clock jumped.")
        var force = false

        @OptionGroup var place: RetentionPlace

        func run() async throws {
            let quota = try place.settings(deletes: !plan).storeQuotaBytes
            try await place.run(deletes: !plan) { catalog, store in
                if plan {
                    RetentionOutput.show(try await catalog.retentionPlan(), json: json)
                    return
                }
                let keptRules = await keepRules(catalog, store)
                let outcome = try await outcome(
                    Retention(catalog: catalog, store: store, storeQuota: quota)
                )
                try RetentionOutput.show(outcome, json: json)
                if !keptRules { throw ExitCode(1) }
            }
        }

        /// Brings the bucket's own rules up to date; what hinders that does not hinder the run.
        private func keepRules(_ catalog: Catalog, _ store: any ObjectStoring) async -> Bool {
            guard let bucket = store as? any LifecycleStoring else { return true }
            do {
                try await BucketRules(catalog: catalog, store: bucket).keep()
                return true
            } catch {
                let text = "sparc: the bucket's lifecycle rules could not be looked at: \(error)\n"
                FileHandle.standardError.write(Data(text.utf8))
                return false
            }
        }

        /// Waits for another run, which may be the coordinator's.
        private func outcome(_ retention: Retention) async throws -> RetentionOutcome {
            for _ in 0..<Self.waits {
                let outcome = try await retention.run(isForced: force)
                guard case .busy = outcome else { return outcome }
                try await Task.sleep(for: .seconds(5))
            }
            return try await retention.run(isForced: force)
        }

        /// Five minutes.
        private static let waits = 60
    }

    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set",
            abstract: "Change how long footage is kept, or only show what that would delete.",
            discussion: """
                It holds for footage that is there already: what a shorter time makes too old is \
                deleted by the next run, within the hour.
                """
        )

        @Option(help: "The organisation's name.")
        var tenant: String

        @Option(help: "Only this camera.")
        var camera: String?

        @Option(help: "Only this site's cameras.")
        var site: String?

        @Option(help: "Days, 1 to 3650, or `inherit` for the site's or the organisation's.")
        var days: String

        @Flag(help: "Only show what a run would delete then.")
        var plan = false

        @Flag(help: "Print JSON.")
        var json = false

        @OptionGroup var place: RetentionPlace

        func validate() throws {
            guard camera == nil || site == nil else {
                throw ValidationError("name a camera or a site, not both")
            }
            let isRight =
                days == "inherit"
                ? camera != nil || site != nil
                : Int(days).map { NewCamera.retentionRange ~= $0 } ?? false
            guard isRight else {
                throw ValidationError("--days is from 1 to 3650, for example --days 30")
            }
        }

        func run() async throws {
            let scope = try scope()
            try await place.run(deletes: false) { catalog, _ in
                guard let id = try await catalog.tenantID(named: tenant) else {
                    throw CatalogError(.notFound, "there is no organisation \(tenant)")
                }
                let change = RetentionChange(tenant: id, scope: scope, days: Int(days))
                if plan {
                    let shares = try await catalog.retentionPlan(change: change)
                    RetentionOutput.show(shares.filter { $0.tenant == id }, json: json)
                    return
                }
                guard try await catalog.setRetention(change) else {
                    throw CatalogError(.notFound, "the organisation has no such camera or site")
                }
                print(json ? "{\"changed\":true}" : "changed")
            }
        }

        private func scope() throws -> RetentionChange.Scope {
            let wrong = ValidationError(
                "an id is a UUID such as 0197c0de-0000-4000-8000-000000000001"
            )
            if let camera {
                guard let id = CameraID(camera) else { throw wrong }
                return .camera(id)
            }
            guard let site else { return .tenant }
            guard let id = SiteID(site) else { throw wrong }
            return .site(id)
        }
    }
}
