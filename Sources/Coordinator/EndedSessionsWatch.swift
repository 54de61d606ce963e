package import API
package import Catalog
internal import Domain
internal import Processes
internal import Synchronization

/// Hears of the logins that ended on other coordinators, and at the start of those from before it.
package final class EndedSessionsWatch: Sendable {
    /// How late a coordinator may hear of an end on another one.
    package static let interval = Duration.seconds(2)

    private let catalog: Catalog
    private let sessions: EndedSessions
    /// When the last look that succeeded began.
    private let last = Mutex<MonotonicTime?>(nil)

    package init(catalog: Catalog, sessions: EndedSessions) {
        self.catalog = catalog
        self.sessions = sessions
    }

    /// One look, at all that ended since the last one.
    package func pass() async throws {
        let begun = SystemClock.monotonic()
        let span = last.withLock { last in
            last.map { Int64((begun.nanoseconds - $0.nanoseconds) / 1_000_000_000) }
        }
        let ended = try await catalog.endedSessions(
            within: span.map { min($0 + EndedSessions.overlap, EndedSessions.memory) }
                ?? EndedSessions.memory
        )
        let now = SystemClock.wall()
        sessions.learn(ended, now: now)
        sessions.heard(at: now)
        last.withLock { $0 = begun }
    }
}
