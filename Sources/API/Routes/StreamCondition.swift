internal import Catalog
internal import Domain

/// What is known of a stream now: the last report, as long as its worker still speaks.
struct StreamCondition {
    var state: CameraState
    var since: WallTime?
    var reasons: [String]

    /// Without a report, or with one older than `HealthRoutes.workerSilence`, nobody records.
    init(report: StreamReport?, now: WallTime) {
        guard let report else {
            self.init(state: .unassigned, since: nil, reasons: ["no worker has reported it yet"])
            return
        }
        let age = now.microseconds - report.reportedAt.microseconds
        guard age < HealthRoutes.workerSilence else {
            self.init(
                state: .unassigned,
                since: report.reportedAt,
                reasons: ["its worker has not reported since \(report.reportedAt)"]
            )
            return
        }
        self.init(
            state: report.status.state,
            since: report.status.since,
            reasons: report.status.reasons
        )
    }

    /// The gap of a stream whose worker reports no more, from its last report to now; nil while it
    /// reports, and for a stream that nobody has recorded yet.
    ///
    /// It is stored nowhere: the worker that comes back registers the gap it finds, from its last
    /// picture to its first, which takes this one's place.
    static func gapOfDeadWorker(_ report: StreamReport?, now: WallTime) -> Gap? {
        guard let report,
            now.microseconds - report.reportedAt.microseconds >= HealthRoutes.workerSilence
        else { return nil }
        return Gap(start: report.reportedAt, end: now, reason: .workerDown)
    }

    private init(state: CameraState, since: WallTime?, reasons: [String]) {
        self.state = state
        self.since = since
        self.reasons = reasons
    }
}
