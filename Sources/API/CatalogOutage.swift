internal import Catalog
internal import Synchronization

/// Whether the catalogue has failed a moment ago: a database that hangs costs a few requests its
/// time limit, and not every one.
package final class CatalogOutage: Sendable {
    /// After a failure it is not asked again for so long where the last answer will do.
    private static let pause = Duration.seconds(5)
    /// Time limits that were exceeded since the last answer and make an outage: one alone is a slow
    /// statement.
    private static let timeoutLimit = 2

    private struct State {
        var failedAt: ContinuousClock.Instant?
        var timeouts = 0
    }

    private let state = Mutex(State())
    private let answeredAt: @Sendable () -> ContinuousClock.Instant?

    /// - Parameter answeredAt: When the database answered anybody last: where it answers others, one
    ///   organisation waits for its own turn, and that is no outage.
    package init(answeredAt: @escaping @Sendable () -> ContinuousClock.Instant? = { nil }) {
        self.answeredAt = answeredAt
    }

    var isRecent: Bool {
        guard let failedAt = state.withLock({ $0.failedAt }) else { return false }
        return .now - failedAt < Self.pause && !hasAnswered(since: failedAt)
    }

    /// Whether the database has answered somebody since then.
    func hasAnswered(since moment: ContinuousClock.Instant) -> Bool {
        answeredAt().map { $0 > moment } ?? false
    }

    func failed(_ error: CatalogError) {
        state.withLock { state in
            if error.code == .timeout { state.timeouts += 1 }
            guard error.code == .unavailable || state.timeouts >= Self.timeoutLimit else { return }
            state.failedAt = .now
        }
    }

    func ended() {
        state.withLock { $0 = State() }
    }
}
