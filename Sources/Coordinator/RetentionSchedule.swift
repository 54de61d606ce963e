internal import Catalog
internal import Domain
internal import Jobs
internal import Logging
internal import ObjectStore
internal import Synchronization
internal import Telemetry

/// Retention once an hour over all coordinators, with its metrics.
final class RetentionSchedule: Sendable {
    /// How often a coordinator asks whether a run is due. One that failed, or whose coordinator was
    /// killed, is due at once, so this is also the wait before it is tried again.
    static let interval = Duration.seconds(300)
    /// Seconds between the begins of two runs: an interval less than the hour that is promised.
    static let pause: Int64 = 3_600 - 300

    private let catalog: Catalog
    private let retention: Retention
    private let storeQuota: Int?
    /// Nil for a store without lifecycle rules.
    private let rules: BucketRules?
    private let registry: PrometheusRegistry
    private let logger: Logger
    private let distrusted = Mutex<WallTime?>(nil)

    init(
        catalog: Catalog,
        store: any ObjectStoring,
        storeQuota: Int?,
        registry: PrometheusRegistry,
        logger: Logger
    ) {
        self.catalog = catalog
        self.registry = registry
        self.logger = logger
        self.storeQuota = storeQuota
        retention = Retention(catalog: catalog, store: store, storeQuota: storeQuota)
        rules = (store as? any LifecycleStoring).map {
            BucketRules(catalog: catalog, store: $0)
        }
        for name in [
            MetricName.retentionDeletedChunks, MetricName.retentionDeletedBytes,
            MetricName.retentionFailures, MetricName.retentionQuotaBytes,
        ] { count(name, 0) }
    }

    /// Brings the bucket's own rules up to date, and runs if a run is due.
    func pass() async throws {
        await keepRules()
        let outcome: RetentionOutcome
        do { outcome = try await retention.run(pause: Self.pause) } catch {
            count(MetricName.retentionFailures, 1)
            throw error
        }
        switch outcome {
        case .busy: break
        case .notDue: set(MetricName.retentionLateChunks, 0)
        case .distrusted(let until):
            // Said once, not at every look of the hours that it lasts.
            guard distrusted.withLock({ $0 != until }) else { break }
            distrusted.withLock { $0 = until }
            count(MetricName.retentionFailures, 1)
            logger.error(
                """
                retention deletes nothing: the database's clock jumped; set it right, or run \
                sparc retention run --force if it is
                """,
                metadata: [LogKey.reason: "it is believed from \(until) on"]
            )
        case .done(let report): show(report)
        }
        let uses = try await catalog.storeUse()
        set(MetricName.storeFootageBytes, uses.reduce(0) { $0 + $1.storedBytes })
        // On every coordinator, whichever ran.
        set(
            MetricName.retentionQuotaExcess,
            QuotaExcess.total(uses, storeQuota: storeQuota)
        )
        if let last = try await catalog.lastRetention() {
            set(MetricName.retentionLastSuccess, Int(last.microseconds / 1_000_000))
        }
    }

    /// What cannot be written is counted as a failure: the bucket might expire what a new hold keeps.
    private func keepRules() async {
        do {
            for change in try await rules?.keep() ?? [] {
                logger.notice(
                    "the bucket's lifecycle rules follow retention and holds",
                    metadata: [LogKey.reason: "\(change)"]
                )
            }
        } catch is CancellationError {
            return
        } catch {
            count(MetricName.retentionFailures, 1)
            logger.error(
                "the bucket's lifecycle rules could not be looked at; it is tried again",
                metadata: [LogKey.errorMessage: "\(error)"]
            )
        }
    }

    private func show(_ report: RetentionReport) {
        count(MetricName.retentionDeletedChunks, report.deleted.chunks)
        count(MetricName.retentionDeletedBytes, report.deleted.bytes)
        count(MetricName.retentionFailures, report.failures)
        set(MetricName.retentionLateChunks, report.lateChunks)
        set(MetricName.retentionHeldChunks, report.heldChunks)
        count(MetricName.retentionQuotaBytes, report.overQuota.bytes)
        sayQuota(report)
        if report.skippedCameras > 0 {
            count(MetricName.retentionFailures, report.skippedCameras)
            logger.error(
                "the database was too slow to say what of some cameras is past its retention",
                metadata: [LogKey.count: "\(report.skippedCameras)"]
            )
        }
        guard let failure = report.failure else {
            logger.info(
                "footage past its retention is deleted",
                metadata: [
                    LogKey.count: "\(report.deleted.chunks)",
                    LogKey.reason: """
                    \(report.deleted.bytes) bytes, \(report.heldChunks) chunks held, \
                    \(report.days.count) days dropped
                    """,
                ]
            )
            return
        }
        logger.error(
            "the store did not delete all footage past its retention; it is tried again",
            metadata: [
                LogKey.count: "\(report.failures)", LogKey.errorMessage: "\(failure)",
            ]
        )
    }

    /// Footage that ends before its days is not what somebody ordered who set days.
    private func sayQuota(_ report: RetentionReport) {
        if report.overQuota.chunks > 0 {
            logger.notice(
                "footage was hidden before its retention, because there was more than a quota",
                metadata: [
                    LogKey.count: "\(report.overQuota.chunks)",
                    LogKey.reason: "\(report.overQuota.bytes) bytes",
                ]
            )
        }
        if report.quotaExcess > 0 {
            logger.warning(
                """
                more footage is stored than a quota allows, and minimums or holds keep it: make \
                the quota larger, or release holds
                """,
                metadata: [LogKey.reason: "\(report.quotaExcess) bytes too many"]
            )
        }
    }

    private func count(_ name: String, _ more: Int) {
        let counter = registry.makeCounter(label: name, dimensions: [])
        (counter as? PrometheusSeries)?.increment(by: Int64(more))
    }

    private func set(_ name: String, _ value: Int) {
        let meter = registry.makeMeter(label: name, dimensions: [])
        (meter as? PrometheusSeries)?.set(Int64(value))
    }
}
