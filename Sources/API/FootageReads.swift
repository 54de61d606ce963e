internal import Catalog
internal import Domain
internal import Synchronization

/// What was watched, for the audit log: a player asks for a playlist every few seconds, and one
/// viewing is one entry.
///
/// Recordings are given out when it was told. Live is told a moment later, by a queue: while the
/// database is away live goes on, and what is watched is told when it is back, if this process is.
final class FootageReads: Sendable {
    /// Seconds after which the same person's watching of the same is told again.
    static let span: Int64 = 600
    /// Viewings that are remembered; beyond it the oldest quarter is forgotten, and told once more
    /// than needed.
    static let countLimit = 20_000
    /// Viewings that wait for the database: what comes beyond it is counted, and the number told.
    static let waitingLimit = 10_000
    /// Those of one organisation. The organisations are told in turn, and where all is full the newest
    /// of the one that has most makes room.
    static let tenantWaitingLimit = 5_000
    /// Organisations in a row that could not be told in time: then the database is away.
    private static let timeoutLimit = 3

    /// One viewing.
    struct Viewing: Hashable, Sendable {
        var tenant: TenantID
        var user: UserID
        var session: SessionID
        /// What was watched or read, with the camera or kind.
        var what: String
    }

    private struct Waiting {
        var note: AuditNote
        var actor: AuditActor
    }

    private struct State {
        var known: [Viewing: Int64] = [:]
        var waiting = FairQueue<TenantID, Waiting>(
            limit: FootageReads.waitingLimit,
            shareLimit: FootageReads.tenantWaitingLimit
        )
        var lost = 0
    }

    private let state = Mutex(State())

    /// Whether it is to be told now.
    func isNew(_ viewing: Viewing, now: WallTime) -> Bool {
        let seconds = now.microseconds / 1_000_000
        return state.withLock { state in
            state.known[viewing].map { seconds - $0 >= Self.span } ?? true
        }
    }

    /// It was told.
    func told(_ viewing: Viewing, now: WallTime) {
        let seconds = now.microseconds / 1_000_000
        state.withLock { state in
            if state.known.count >= Self.countLimit {
                state.known = state.known.filter { seconds - $0.value < Self.span }
            }
            if state.known.count >= Self.countLimit {
                let oldest = state.known.sorted { $0.value < $1.value }.prefix(Self.countLimit / 4)
                for (key, _) in oldest { state.known[key] = nil }
            }
            state.known[viewing] = seconds
        }
    }

    /// Keeps what is told later.
    func keep(_ tenant: TenantID, _ note: AuditNote, by actor: AuditActor) {
        state.withLock { state in
            switch state.waiting.push(Waiting(note: note, actor: actor), of: tenant) {
            case .kept: break
            case .keptInsteadOf, .ownLineFull, .full: state.lost += 1
            }
        }
    }

    /// How many wait of an organisation.
    func waiting(of tenant: TenantID) -> Int {
        state.withLock { $0.waiting.count(of: tenant) }
    }

    /// Tells what was kept, the organisations in turn and the oldest of each first; what fails waits
    /// on. One that cannot be told now keeps no other waiting.
    /// - Returns: How many could not even be kept since the last call.
    func flush(to catalog: Catalog) async throws(CatalogError) -> Int {
        try await flush { tenant, note, actor throws(CatalogError) in
            try await catalog.note(tenant, [note], by: actor)
        }
    }

    /// As above, by any means of telling.
    func flush(
        _ tell: (TenantID, AuditNote, AuditActor) async throws(CatalogError) -> Void
    ) async throws(CatalogError) -> Int {
        var stuck: Set<TenantID> = []
        var failure: CatalogError?
        while let (tenant, next) = state.withLock({ state in
            state.waiting.pop { !stuck.contains($0) }
        }) {
            do throws(CatalogError) {
                try await tell(tenant, next.note, next.actor)
            } catch {
                // What can never be told must not keep the others waiting; a server that takes no
                // writes for now is not that.
                if [.invalid, .forbidden].contains(error.code) {
                    state.withLock { $0.lost += 1 }
                    continue
                }
                state.withLock { $0.waiting.putBack(next, of: tenant) }
                stuck.insert(tenant)
                failure = error
                let isOwn = [.timeout, .crowded].contains(error.code)
                guard isOwn, stuck.count < Self.timeoutLimit else { throw error }
            }
        }
        if let failure { throw failure }
        return state.withLock { state in
            defer { state.lost = 0 }
            return state.lost
        }
    }
}
