import Dispatch
import Domain
import Synchronization

/// Lets at most so many transactions of one tenant have a connection at a time, and the tenants in
/// turn: what one does slowly, or in great number, leaves connections for the others.
///
/// Transactions before a tenant is known are one share among them.
final class ShareGate: Sendable {
    private typealias Answer = CheckedContinuation<DatabaseError?, Never>

    private struct State {
        var places: FairPlaces<TenantID?>
        var waiters: [UInt64: Answer] = [:]
    }

    private let state: Mutex<State>

    init(_ places: FairPlaces<TenantID?>) {
        state = Mutex(State(places: places))
    }

    /// How many wait.
    var waiting: Int { state.withLock { $0.places.waitingCount } }

    /// Takes a place, or waits for one; each must be given back by `leave`.
    func enter(
        _ tenant: TenantID?,
        until deadline: ContinuousClock.Instant
    ) async throws(DatabaseError) {
        let own = Mutex<UInt64?>(nil)
        let failure: DatabaseError? = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard let ticket = begin(tenant, continuation) else { return }
                own.withLock { $0 = ticket }
                // Who went away meanwhile was not found.
                if Task.isCancelled { giveUp(ticket, tenant, Self.cancelled) }
                let left = max(.zero, ContinuousClock.now.duration(to: deadline))
                DispatchQueue.global().asyncAfter(
                    deadline: .now() + .milliseconds(Int(left / .milliseconds(1)))
                ) { [weak self] in
                    self?.giveUp(ticket, tenant, Self.late)
                }
            }
        } onCancel: {
            if let ticket = own.withLock({ $0 }) { giveUp(ticket, tenant, Self.cancelled) }
        }
        if let failure { throw failure }
    }

    /// Gives a place back.
    func leave(_ tenant: TenantID?) {
        let next = state.withLock { state in
            state.places.leave(tenant).flatMap { state.waiters.removeValue(forKey: $0) }
        }
        next?.resume(returning: nil)
    }

    /// Answers at once, or keeps the continuation: then its ticket is returned.
    private func begin(_ tenant: TenantID?, _ continuation: Answer) -> UInt64? {
        let (entry, sentAway) = state.withLock { state in
            let entry = state.places.enter(tenant)
            var sentAway: Answer?
            switch entry {
            case .wait(let ticket): state.waiters[ticket] = continuation
            case .waitInsteadOf(let other, let ticket):
                sentAway = state.waiters.removeValue(forKey: other)
                state.waiters[ticket] = continuation
            case .go, .ownLineFull, .full: break
            }
            return (entry, sentAway)
        }
        sentAway?.resume(returning: Self.crowded)
        switch entry {
        case .wait(let ticket), .waitInsteadOf(_, let ticket): return ticket
        case .go: continuation.resume(returning: nil)
        case .ownLineFull: continuation.resume(returning: Self.crowded)
        case .full: continuation.resume(returning: Self.full)
        }
        return nil
    }

    private func giveUp(_ ticket: UInt64, _ tenant: TenantID?, _ error: DatabaseError) {
        let waiter = state.withLock { state in
            state.places.giveUp(ticket, of: tenant)
                ? state.waiters.removeValue(forKey: ticket) : nil
        }
        waiter?.resume(returning: error)
    }

    private static let crowded = DatabaseError(
        .crowded,
        "too many transactions of one organisation wait for a connection"
    )
    private static let late = DatabaseError(
        .crowded,
        "no connection became free for the organisation in time"
    )
    private static let full = DatabaseError(
        .exhausted,
        "too many transactions wait for a connection"
    )
    private static let cancelled = DatabaseError(.exhausted, "the caller went away")
}
