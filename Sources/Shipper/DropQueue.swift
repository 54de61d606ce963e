import Domain

/// Which drops the coordinator is told of next. A value without I/O, clock or randomness.
///
/// One request at a time. While the coordinator fails the gate is closed for ever longer; when it
/// rejects a request by what is in it, half as many are told next, and one that is rejected alone
/// waits for `ShipperSettings.rejectionPause`.
struct DropQueue: Sendable {
    private let settings: ShipperSettings
    private var gate: RetryGate
    private var isTelling = false
    private var batchLimit = ChunkDrops.countLimit
    private var waiting: [ChunkIdentity: MonotonicTime] = [:]

    init(_ settings: ShipperSettings) {
        self.settings = settings
        gate = RetryGate(settings.backoff)
    }

    /// Drops to be told of now, in their order; none while a request is under way.
    ///
    /// - Parameters:
    ///   - pending: All of which the coordinator does not know, oldest first.
    ///   - now: A clock that never steps.
    mutating func start(_ pending: [ChunkDrop], at now: MonotonicTime) -> [ChunkDrop] {
        guard !pending.isEmpty else {
            waiting = [:]
            return []
        }
        guard !isTelling, gate.allowance(at: now, limit: 1) > 0 else { return [] }
        let due = pending.filter { drop in waiting[drop.identity].map { $0 <= now } ?? true }
        let batch = Array(due.prefix(batchLimit))
        isTelling = !batch.isEmpty
        return batch
    }

    /// A request got its verdicts, and the marks of its drops were removed. Not before that: a drop
    /// that is still marked would be told of once more.
    ///
    /// - Parameters:
    ///   - drops: Those of the request.
    ///   - stillMarked: Whose mark could not be removed; told again after the longest pause.
    ///   - now: A clock that never steps.
    mutating func answered(
        _ drops: [ChunkDrop],
        stillMarked: [ChunkIdentity],
        at now: MonotonicTime
    ) {
        isTelling = false
        gate.succeeded()
        for drop in drops { waiting[drop.identity] = nil }
        for identity in stillMarked { waiting[identity] = now + settings.backoff.cap }
        if drops.count >= batchLimit { batchLimit = min(ChunkDrops.countLimit, batchLimit * 2) }
    }

    /// The coordinator answers to something else again: telling is tried at once.
    mutating func coordinatorAnswers() {
        gate.reopen()
    }

    /// It is not known what became of a request.
    ///
    /// - Parameters:
    ///   - now: A clock that never steps.
    ///   - random: Evenly spread over 0..<1.
    mutating func failed(at now: MonotonicTime, random: Double) {
        isTelling = false
        gate.failed(at: now, random: random)
    }

    /// The coordinator lives and rejected a request.
    /// - Returns: The drop that was rejected alone, if it was one.
    mutating func rejected(_ drops: [ChunkDrop], at now: MonotonicTime) -> ChunkIdentity? {
        isTelling = false
        gate.succeeded()
        guard drops.count > 1 else {
            guard let identity = drops.first?.identity else { return nil }
            waiting[identity] = now + settings.rejectionPause
            return identity
        }
        batchLimit = max(1, drops.count / 2)
        return nil
    }
}
