internal import Catalog
internal import Domain
internal import Synchronization

/// Counts what a run of retention deletes, for few callers at once: it reads much, on the
/// connections that every request needs.
final class RetentionCounting: Sendable {
    /// Of the eight connections of a coordinator.
    static let limit = 2

    private let running = Mutex(0)

    /// - Throws: A problem with `Retry-After` while others count, or if there is too much to count.
    func plan(
        _ catalog: Catalog,
        _ change: RetentionChange
    ) async throws -> [RetentionShare] {
        let isFree = running.withLock { running in
            guard running < Self.limit else { return false }
            running += 1
            return true
        }
        guard isFree else {
            throw Problem.unavailable(
                "What retention deletes is being counted for others. Ask again.",
                after: 5
            )
        }
        defer { running.withLock { $0 -= 1 } }
        return try await catalog.retentionPlan(change: change)
    }
}
