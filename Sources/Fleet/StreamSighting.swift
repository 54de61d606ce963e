package import Domain

/// What the database holds of one stream that should be recorded: who has it, and its last report.
package struct StreamSighting: Hashable, Sendable {
    /// A worker's report.
    package struct Report: Hashable, Sendable {
        package var worker: WorkerID
        package var condition: CameraCondition
        /// Only compared with itself: a change is a sign of life.
        package var reportedAt: WallTime

        package init(worker: WorkerID, condition: CameraCondition, reportedAt: WallTime) {
            self.worker = worker
            self.condition = condition
            self.reportedAt = reportedAt
        }
    }

    package var stream: FleetStream
    /// Who records it; nil while no worker does.
    package var worker: WorkerID?
    package var report: Report?
    /// Whether recorded footage of it was given up in the last minutes, by whichever worker.
    package var isLosing: Bool

    package init(
        stream: FleetStream,
        worker: WorkerID?,
        report: Report?,
        isLosing: Bool = false
    ) {
        self.stream = stream
        self.worker = worker
        self.report = report
        self.isLosing = isLosing
    }
}
