internal import Catalog
internal import Domain
internal import Synchronization

/// Counts what a run of retention deletes, for few callers at once: it reads much, on the
/// connections that every request needs.
final class RetentionCounting: Sendable {
    /// Of the eight connections of a coordinator.
    static let limit = 2
    /// How long a caller waits.
    static let patience = Duration.seconds(20)

    private let running = Mutex<Set<TenantID>>([])

    /// - Returns: Nil if there is too much to be counted in time, or the organisation, or too many,
    ///   count already.
    func plan(
        _ catalog: Catalog,
        _ change: RetentionChange
    ) async throws -> [RetentionShare]? {
        let isFree = running.withLock { running in
            running.count < Self.limit && running.insert(change.tenant).inserted
        }
        guard isFree else { return nil }
        defer { running.withLock { _ = $0.remove(change.tenant) } }
        do throws(CatalogError) {
            return try await catalog.retentionPlan(
                change: change,
                deadline: .now + Self.patience
            )
        } catch {
            guard error.code == .timeout else { throw error }
            return nil
        }
    }
}
