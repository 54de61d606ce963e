internal import Catalog
internal import Domain
internal import Synchronization

/// What was watched, for the audit log: a player asks for a playlist every few seconds, and one
/// viewing is one entry.
///
/// A viewing is told before its first playlist is given out. While the database is away live goes
/// on, and what is watched is told when it is back, if this process still is.
final class FootageReads: Sendable {
    /// Seconds after which the same person's watching of the same is told again.
    static let span: Int64 = 600
    /// Viewings that are remembered; beyond it all are forgotten, and told once more than needed.
    static let countLimit = 20_000
    /// Viewings that wait for the database: what comes beyond it is counted, and the number told.
    static let waitingLimit = 10_000

    /// One viewing.
    struct Viewing: Hashable, Sendable {
        var tenant: TenantID
        var user: UserID
        var session: SessionID
        var camera: CameraID
        /// `live/main`, or the range that was asked for.
        var what: String
    }

    private struct Waiting {
        var tenant: TenantID
        var note: AuditNote
        var actor: AuditActor
    }

    private struct State {
        var known: [Viewing: Int64] = [:]
        var waiting: [Waiting] = []
        var lost = 0
    }

    private let state = Mutex(State())

    /// Whether it is to be told now; it counts as told from here on.
    func isNew(_ viewing: Viewing, now: WallTime) -> Bool {
        let seconds = now.microseconds / 1_000_000
        return state.withLock { state in
            if let told = state.known[viewing], seconds - told < Self.span { return false }
            if state.known.count >= Self.countLimit { state.known = [:] }
            state.known[viewing] = seconds
            return true
        }
    }

    /// It was not told: the next request tries again.
    func forget(_ viewing: Viewing) {
        state.withLock { _ = $0.known.removeValue(forKey: viewing) }
    }

    /// Keeps what cannot be told now.
    func keep(_ tenant: TenantID, _ note: AuditNote, by actor: AuditActor) {
        state.withLock { state in
            guard state.waiting.count < Self.waitingLimit else {
                state.lost += 1
                return
            }
            state.waiting.append(Waiting(tenant: tenant, note: note, actor: actor))
        }
    }

    /// Tells what was kept, the oldest first; what fails waits on.
    /// - Returns: How many could not even be kept since the last call.
    func flush(to catalog: Catalog) async throws(CatalogError) -> Int {
        while let next = state.withLock({ $0.waiting.first }) {
            do throws(CatalogError) {
                try await catalog.note(next.tenant, [next.note], by: next.actor)
            } catch {
                // What can never be told must not keep the others waiting.
                guard !error.isRetryable else { throw error }
                state.withLock { $0.lost += 1 }
            }
            state.withLock { _ = $0.waiting.removeFirst() }
        }
        return state.withLock { state in
            defer { state.lost = 0 }
            return state.lost
        }
    }
}
