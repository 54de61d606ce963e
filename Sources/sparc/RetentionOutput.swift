import ArgumentParser
import Catalog
import Domain
import Foundation
import Jobs

/// What the commands of retention print. The members' names, in snake_case,
/// are part of the outside contract.
enum RetentionOutput {
    private struct Share: Encodable {
        var tenant: String
        var camera: String
        var retentionDays: Int
        var removed: Bool
        var chunks: Int
        var bytes: Int
        var oldest: WallTime?
        var newest: WallTime?
        var heldChunks: Int
        var lateChunks: Int
    }

    private struct Plan: Encodable {
        var chunks: Int
        var bytes: Int
        var heldChunks: Int
        var lateChunks: Int
        var cameras: [Share]
    }

    private struct Run: Encodable {
        var at: WallTime
        var deletedChunks: Int
        var deletedBytes: Int
        var deletedGaps: Int
        var droppedDays: [String]
        var removedCameras: Int
        var heldChunks: Int
        var lateChunks: Int
        var quotaDeletedBytes: Int
        var quotaExcessBytes: Int
        var skippedCameras: Int
        var failures: Int
        var failure: String?
    }

    static func show(_ shares: [RetentionShare], json: Bool) {
        let plan = Plan(
            chunks: shares.reduce(0) { $0 + $1.chunks },
            bytes: shares.reduce(0) { $0 + $1.bytes },
            heldChunks: shares.reduce(0) { $0 + $1.heldChunks },
            lateChunks: shares.reduce(0) { $0 + $1.lateChunks },
            cameras: shares.map { share in
                Share(
                    tenant: share.tenant.description,
                    camera: share.camera.description,
                    retentionDays: share.days,
                    removed: share.isRemoved,
                    chunks: share.chunks,
                    bytes: share.bytes,
                    oldest: share.oldest,
                    newest: share.newest,
                    heldChunks: share.heldChunks,
                    lateChunks: share.lateChunks
                )
            }
        )
        if json { return encode(plan) }
        for share in plan.cameras {
            print(
                """
                \(share.camera)  \(share.retentionDays) days  \(share.chunks) chunks  \
                \(share.bytes) bytes  \(span(share.oldest, share.newest))\
                \(share.heldChunks > 0 ? "  held \(share.heldChunks)" : "")\
                \(share.removed ? "  removed" : "")
                """
            )
        }
        print(
            """
            \(plan.chunks) chunks of \(plan.bytes) bytes are past their retention; \
            \(plan.heldChunks) more are held; what is above a quota goes too: see sparc retention quota
            """
        )
    }

    /// Ends with status 1 unless everything that was due is gone.
    static func show(_ outcome: RetentionOutcome, json: Bool) throws {
        switch outcome {
        case .done(let report):
            show(report, json: json)
            if report.isComplete { return }
            if report.failures == 0 {
                throw Failure(
                    "the database was too slow for \(report.skippedCameras) cameras; the next run "
                        + "tries again"
                )
            }
            throw Failure(
                "the store did not delete \(report.failures) objects "
                    + "(\(report.failure ?? "unknown")); the next run tries again"
            )
        case .notDue: throw Failure("no run is due")
        case .busy(let until):
            throw Failure("another run works, until \(until) at least; try again later")
        case .distrusted(let until):
            throw Failure(
                "the database's clock jumped by more than 6 hours since the last run, or nothing "
                    + "ran for that long: nothing is deleted before \(until); if the clock is "
                    + "right, use --force"
            )
        }
    }

    private struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    private static func show(_ report: RetentionReport, json: Bool) {
        let run = Run(
            at: report.at,
            deletedChunks: report.deleted.chunks,
            deletedBytes: report.deleted.bytes,
            deletedGaps: report.gaps,
            droppedDays: report.days,
            removedCameras: report.cameras,
            heldChunks: report.heldChunks,
            lateChunks: report.lateChunks,
            quotaDeletedBytes: report.overQuota.bytes,
            quotaExcessBytes: report.quotaExcess,
            skippedCameras: report.skippedCameras,
            failures: report.failures,
            failure: report.failure
        )
        if json { return encode(run) }
        print(
            """
            deleted \(run.deletedChunks) chunks of \(run.deletedBytes) bytes, \
            \(run.deletedGaps) gaps, \(run.droppedDays.count) days, \
            \(run.removedCameras) removed cameras; \(run.heldChunks) chunks are held
            """
        )
        if run.quotaDeletedBytes > 0 || run.quotaExcessBytes > 0 {
            print(
                """
                \(run.quotaDeletedBytes) bytes were hidden because there was more than a quota; \
                \(run.quotaExcessBytes) bytes above quotas stay, because minimums or holds keep them
                """
            )
        }
    }

    /// What organisations store, and how much they may.
    static func show(_ uses: [StoreUse], json: Bool) {
        if json {
            return encode(
                uses.map {
                    Use(
                        tenant: $0.tenant.description,
                        name: $0.name,
                        storedBytes: $0.storedBytes,
                        quotaBytes: $0.quotaBytes
                    )
                }
            )
        }
        for use in uses {
            let quota = use.quotaBytes.map { "of \($0) bytes" } ?? "without quota"
            print("\(use.name)  \(use.storedBytes) bytes stored  \(quota)")
        }
    }

    private struct Forecast: Encodable {
        var storedBytes: Int
        var deletedBytes: Int
        var until: WallTime?
    }

    /// What a quota would delete.
    static func show(_ forecast: QuotaForecast, json: Bool) {
        if json {
            return encode(
                Forecast(
                    storedBytes: forecast.storedBytes,
                    deletedBytes: forecast.deletedBytes,
                    until: forecast.until
                )
            )
        }
        guard let until = forecast.until else {
            return print("nothing: \(forecast.storedBytes) bytes are stored")
        }
        print(
            """
            \(forecast.deletedBytes) of \(forecast.storedBytes) bytes: all footage before about \
            \(until), but for what a minimum or a hold keeps
            """
        )
    }

    private struct Use: Encodable {
        var tenant: String
        var name: String
        var storedBytes: Int
        var quotaBytes: Int?
    }

    private static func span(_ from: WallTime?, _ to: WallTime?) -> String {
        guard let from, let to else { return "-" }
        return "\(from) to \(to)"
    }

    private static func encode(_ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(value)) ?? Data("{}".utf8)
        print(String(decoding: data, as: UTF8.self))
    }
}
