import ArgumentParser
import Catalog
import Foundation
import Jobs

/// `sparc retention quota`.
struct RetentionQuotaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quota",
        abstract: "Show what organisations store, or set how much one may.",
        discussion: """
            Where there is more, the next run deletes the oldest footage of all its cameras before \
            its days are over, but neither what is younger than the organisation's minimum (a day \
            unless changed) nor what a hold keeps. For all organisations together set \
            SPARC_STORE_QUOTA_GB for the coordinators.
            """
    )

    @Option(help: "The organisation's name.")
    var tenant: String?

    @Option(help: "Megabytes of 1,000,000 bytes, for example 2000000 for two terabytes, or `none`.")
    var megabytes: String?

    @Flag(help: "Only show what that quota would delete, if neither minimum nor hold kept it.")
    var plan = false

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var place: RetentionPlace

    func validate() throws {
        guard let megabytes else {
            guard !plan else { throw ValidationError("--plan is for --tenant and --megabytes") }
            return
        }
        guard tenant != nil else {
            throw ValidationError("whose quota is it? Name the organisation with --tenant")
        }
        guard megabytes == "none" || Self.bytes(megabytes) != nil else {
            throw ValidationError(
                "--megabytes is a number from 1, or `none`, for example --megabytes 2000000"
            )
        }
    }

    func run() async throws {
        try await place.run(deletes: false) { catalog, _ in
            if let megabytes, let tenant {
                guard let id = try await catalog.tenantID(named: tenant) else {
                    throw CatalogError(.notFound, "there is no organisation \(tenant)")
                }
                if plan {
                    let days = try await catalog.footageByDay(id)
                    let quota = Self.bytes(megabytes)
                    return RetentionOutput.show(QuotaForecast(days, quota: quota), json: json)
                }
                guard try await catalog.setQuota(id, bytes: Self.bytes(megabytes)) else {
                    throw CatalogError(.notFound, "there is no organisation \(tenant)")
                }
            }
            let uses = try await catalog.storeUse().filter { tenant == nil || isNamed($0.name) }
            if uses.isEmpty, let tenant {
                throw CatalogError(.notFound, "there is no organisation \(tenant)")
            }
            RetentionOutput.show(uses, json: json)
        }
    }

    private func isNamed(_ name: String) -> Bool {
        name.lowercased() == tenant?.lowercased()
    }

    private static func bytes(_ text: String) -> Int? {
        guard let megabytes = Int(text) else { return nil }
        let (bytes, isTooMuch) = megabytes.multipliedReportingOverflow(by: 1_000_000)
        return !isTooMuch && Catalog.quotaRange ~= bytes ? bytes : nil
    }
}
