package import Domain

/// The last liveness report of one stream.
package struct StreamReport: Hashable, Sendable {
    package var worker: WorkerID
    package var status: StreamStatus
    package var statistics: StreamStatistics?
    /// Bytes in the spool that the store does not have yet.
    package var backlogBytes: Int
    package var backlog: SpoolBacklog
    /// When the coordinator got the report, by the database's clock.
    package var reportedAt: WallTime
}
