/// What a camera is doing, as operators see it. A closed list, the same in SQL, API and console.
package enum CameraState: String, Sendable, Codable, Hashable, CaseIterable {
    /// Assigned and connecting for the first time.
    case starting
    /// Packets arrive and are recorded.
    case live
    /// Recorded, but with loss or a warning.
    case degraded
    /// Connected, but no packet for longer than the limit.
    case stalled
    /// Not connected; retried with backoff.
    case offline
    /// The camera refused the credentials; retried slowly so that it does not lock the account.
    case authFailed = "auth_failed"
    /// What it sends crashed its recorder a moment ago or keeps doing so; it runs in a recorder of
    /// its own.
    case quarantined
    /// No ingest worker has taken it.
    case unassigned
}
