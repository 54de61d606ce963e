package import Catalog
package import Domain

/// How a run of retention ended.
package enum RetentionOutcome: Hashable, Sendable {
    case done(RetentionReport)
    /// Another run works until then at least.
    case busy(until: WallTime)
    case notDue
    /// The clock jumped; nothing is deleted before this moment unless it is forced.
    case distrusted(until: WallTime)
}

/// What a run of retention did.
package struct RetentionReport: Hashable, Sendable {
    /// The moment by which it went.
    package var at: WallTime
    /// Chunks that it hid.
    package var tombstoned = 0
    /// Those of them that were hidden because there was more than a quota.
    package var overQuota = RetentionCount()
    /// Bytes above quotas that stay, because a minimum or a hold keeps them.
    package var quotaExcess = 0
    /// Cameras, and quotas, for which the database was too slow to answer; the next run tries again.
    package var skippedCameras = 0
    /// Chunks that are gone, objects and rows; some may have been hidden by an earlier run.
    package var deleted = RetentionCount()
    package var gaps = 0
    /// Names of dropped partitions.
    package var days: [String] = []
    /// Removed cameras of which nothing is left.
    package var cameras = 0
    /// Chunks past their retention that a hold keeps.
    package var heldChunks = 0
    /// Objects that the store did not delete; the next run tries again.
    package var failures = 0
    /// The first reason of `failures`, safe to show.
    package var failure: String?
    /// Chunks that should have been deleted an hour ago and are still there.
    package var lateChunks = 0

    package init(at: WallTime) {
        self.at = at
    }

    /// Everything that was due is gone.
    package var isComplete: Bool {
        failures == 0 && skippedCameras == 0
    }
}
