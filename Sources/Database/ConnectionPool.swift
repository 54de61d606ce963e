import Dispatch
package import Domain
import Synchronization

/// A bounded number of connections, made when first needed and kept. Who finds none free waits in
/// line, for a bounded time and in a bounded line. Where tenants have a share, each has a line of its
/// own, and they are served in turn.
///
/// While the server does not answer, attempts to connect are spaced with growing, jittered waits;
/// callers in between get the last failure at once instead of each making an attempt.
package final class ConnectionPool: Sendable {
    /// Callers that may wait for a connection. More are refused at once: they would time out.
    package static let waiterLimit = 1_024
    /// Callers of one tenant that may wait where it has a share: all its screens come back at once
    /// after an outage, and refresh their tokens. Of all tenants four times as many may.
    package static let tenantWaiterLimit = 1_024
    /// Tries of a transaction that lost a deadlock or a serialisation race, or whose connection
    /// turned out to be dead before its first statement ran.
    package static let tryLimit = 3
    /// Longest wait between two attempts to connect, milliseconds.
    private static let backoffLimit: Int64 = 5_000

    package let settings: ConnectionSettings
    private let size: Int
    private let leaseTimeout: Duration
    private let gate: ShareGate?
    private let state = Mutex(State())
    private let answered = Mutex<ContinuousClock.Instant?>(nil)

    private struct State {
        var idle: [Connection] = []
        /// Connections that exist or are being made.
        var total = 0
        var waiters: [Waiter] = []
        var nextWaiter: UInt64 = 0
        var isClosed = false
        var failures = 0
        var lastFailure: DatabaseError?
        var retryAt: ContinuousClock.Instant?
    }

    private struct Waiter {
        var number: UInt64
        var continuation: CheckedContinuation<Turn, Never>
    }

    /// What a caller does next.
    private enum Turn {
        case take(Connection)
        case connect
        /// A place became free: look again.
        case again
        case wait(UInt64)
        case fail(DatabaseError)
    }

    /// - Parameters:
    ///   - size: Most connections at a time, 1 or more.
    ///   - leaseTimeout: Longest wait for a free connection.
    ///   - tenantShare: Connections that transactions of one tenant may have at a time, and those
    ///     without a tenant; nil: all of them.
    package init(
        _ settings: ConnectionSettings,
        size: Int = 8,
        leaseTimeout: Duration = .seconds(5),
        tenantShare: Int? = nil
    ) {
        self.settings = settings
        self.leaseTimeout = leaseTimeout
        self.size = max(1, size)
        gate = tenantShare.map { share in
            ShareGate(
                FairPlaces(
                    places: size,
                    shareLimit: share,
                    waitingLimit: 4 * Self.tenantWaiterLimit,
                    shareWaitingLimit: Self.tenantWaiterLimit
                )
            )
        }
    }

    /// Runs `body` in a transaction on the thread of a free connection. An error rolls it back.
    ///
    /// `body` may run more than once: after a deadlock or a serialisation failure, of which nothing
    /// is left. It is not repeated when the connection is lost, since its COMMIT may have worked.
    /// - Parameters:
    ///   - tenant: The setting `app.current_tenant` of the transaction.
    ///   - share: Whose share of the connections it takes; nil: the tenant's.
    ///   - actor: The setting `app.actor` of one that writes: JSON, for the audit log.
    package func transaction<Value: Sendable>(
        _ mode: TransactionMode = .readWrite,
        tenant: TenantID? = nil,
        share: TenantID? = nil,
        actor: String? = nil,
        _ body: @escaping @Sendable (inout Session) throws(DatabaseError) -> Value
    ) async throws(DatabaseError) -> Value {
        let deadline = ContinuousClock.now.advanced(by: leaseTimeout)
        let share = share ?? tenant
        try await gate?.enter(share, until: deadline)
        // Every end of it comes by here.
        defer { gate?.leave(share) }
        let value = try await repeated(mode, tenant: tenant, actor: actor, body)
        answered.withLock { $0 = .now }
        return value
    }

    /// When a transaction ended well last, whosever; nil: none has yet.
    package var answeredAt: ContinuousClock.Instant? {
        answered.withLock { $0 }
    }

    private func repeated<Value: Sendable>(
        _ mode: TransactionMode,
        tenant: TenantID?,
        actor: String?,
        _ body: @escaping @Sendable (inout Session) throws(DatabaseError) -> Value
    ) async throws(DatabaseError) -> Value {
        var tries = 0
        while true {
            tries += 1
            let connection = try await lease()
            let began = Mutex(false)
            let failure: DatabaseError
            do throws(DatabaseError) {
                let value = try await connection.transaction(mode, tenant: tenant, actor: actor) {
                    session throws(DatabaseError) in
                    began.withLock { $0 = true }
                    return try body(&session)
                }
                await giveBack(connection)
                return value
            } catch {
                failure = error
            }
            await giveBack(connection)
            let lostRace = failure.sqlState?.hasPrefix("40") ?? false
            let wasDead = !began.withLock { $0 } && failure.isRetryable
            // A restart of the server leaves every idle connection dead: none of them counts.
            if wasDead, tries <= size + Self.tryLimit, !Task.isCancelled {
                // The others stood as long as this one: what ended it ended them.
                dropIdle()
                continue
            }
            guard lostRace, tries < Self.tryLimit else { throw failure }
        }
    }

    /// One round trip.
    package func check() async throws(DatabaseError) {
        try await transaction(.readOnly) { session throws(DatabaseError) in
            _ = try session.query("SELECT 1")
        }
    }

    /// Refuses new work, fails who waits and ends the idle connections; the others end when their
    /// transaction does.
    package func close() {
        let (idle, waiters) = state.withLock { state in
            state.isClosed = true
            defer {
                state.idle = []
                state.waiters = []
            }
            return (state.idle, state.waiters)
        }
        for waiter in waiters { waiter.continuation.resume(returning: .fail(Self.closed)) }
        _ = consume idle
    }

    /// Connections that exist, and callers that wait.
    package var load: (connections: Int, waiting: Int) {
        let (connections, waiting) = state.withLock { ($0.total, $0.waiters.count) }
        return (connections, waiting + (gate?.waiting ?? 0))
    }

    private func dropIdle() {
        let idle = state.withLock { state in
            defer { state.idle = [] }
            state.total -= state.idle.count
            return state.idle
        }
        // Outside of the lock: it closes sockets.
        _ = consume idle
    }

    private func lease() async throws(DatabaseError) -> Connection {
        let deadline = ContinuousClock.now.advanced(by: leaseTimeout)
        while true {
            var turn = state.withLock { Self.nextTurn(&$0, size: size) }
            if case .wait(let number) = turn { turn = await wait(number, until: deadline) }
            switch turn {
            case .take(let connection): return connection
            case .fail(let error): throw error
            case .again, .wait: continue
            case .connect: return try await connect()
            }
        }
    }

    private static func nextTurn(_ state: inout State, size: Int) -> Turn {
        if state.isClosed { return .fail(closed) }
        if let connection = state.idle.popLast() { return .take(connection) }
        if state.total < size {
            let mayTry = state.retryAt.map { ContinuousClock.now >= $0 } ?? true
            if mayTry {
                state.total += 1
                return .connect
            }
            if state.total == 0, let failure = state.lastFailure { return .fail(failure) }
        }
        guard state.waiters.count < waiterLimit else {
            return .fail(
                DatabaseError(.exhausted, "more than \(waiterLimit) callers wait for a connection")
            )
        }
        state.nextWaiter += 1
        return .wait(state.nextWaiter)
    }

    private func connect() async throws(DatabaseError) -> Connection {
        do throws(DatabaseError) {
            let connection = try await Connection.open(settings)
            state.withLock {
                $0.failures = 0
                $0.retryAt = nil
                $0.lastFailure = nil
            }
            return connection
        } catch {
            let waiters = state.withLock { state -> [Waiter] in
                state.total -= 1
                state.failures += 1
                state.lastFailure = error
                let longest = min(Self.backoffLimit, 50 << Int64(min(state.failures, 10)))
                let wait = Int64.random(in: longest / 2...longest)
                state.retryAt = .now.advanced(by: .milliseconds(wait))
                guard state.total == 0 else { return [] }
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.continuation.resume(returning: .fail(error)) }
            throw error
        }
    }

    private func wait(_ number: UInt64, until deadline: ContinuousClock.Instant) async -> Turn {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = state.withLock { state -> Turn? in
                    if Task.isCancelled { return .fail(Self.cancelled) }
                    // What was given back since the caller looked is not waited for.
                    if state.isClosed || state.total == 0 || !state.idle.isEmpty {
                        return .again
                    }
                    state.waiters.append(Waiter(number: number, continuation: continuation))
                    return nil
                }
                if let early { return continuation.resume(returning: early) }
                let left = ContinuousClock.now.duration(to: deadline).components
                let milliseconds = max(
                    0,
                    left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000
                )
                DispatchQueue.global().asyncAfter(
                    deadline: .now() + .milliseconds(Int(milliseconds))
                ) { [weak self] in
                    self?.resume(number, .fail(Self.exhausted))
                }
            }
        } onCancel: {
            resume(number, .fail(Self.cancelled))
        }
    }

    private func resume(_ number: UInt64, _ turn: Turn) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.number == number }) else {
                return nil
            }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(returning: turn)
    }

    private func giveBack(_ connection: Connection) async {
        let isReusable = await connection.isReusable
        let next = state.withLock { state -> (Waiter, Turn)? in
            guard isReusable, !state.isClosed else {
                state.total -= 1
                return state.waiters.isEmpty ? nil : (state.waiters.removeFirst(), .again)
            }
            if state.waiters.isEmpty {
                state.idle.append(connection)
                return nil
            }
            return (state.waiters.removeFirst(), .take(connection))
        }
        if let (waiter, turn) = next { waiter.continuation.resume(returning: turn) }
    }

    private static let closed = DatabaseError(.closed, "the pool of connections was closed")
    private static let cancelled = DatabaseError(.exhausted, "the caller went away")
    private static let exhausted = DatabaseError(
        .exhausted,
        "no connection to the database became free in time"
    )
}
