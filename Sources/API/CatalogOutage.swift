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

    package init() {}

    var isRecent: Bool {
        state.withLock { $0.failedAt }.map { .now - $0 < Self.pause } ?? false
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
