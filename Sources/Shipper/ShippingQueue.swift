package import Domain

/// Which chunk takes which step next. A value without I/O, clock or randomness.
///
/// The newest closed chunk of a stream is live, every older one is backlog. Live goes first; while
/// there is a backlog a few slots are its own, so that after an outage both move. The store and the
/// coordinator have a gate each: while one of them fails, one chunk at a time tries it.
package struct ShippingQueue: Sendable {
    /// A chunk that waits for steps 1 and 2, in the order of `candidates`.
    package struct Candidate: Sendable, Hashable {
        package var identity: ChunkIdentity
        /// Whether it is the newest closed chunk of its stream.
        package var isLive: Bool

        package init(identity: ChunkIdentity, isLive: Bool) {
            self.identity = identity
            self.isLive = isLive
        }
    }

    private enum Place: Hashable {
        /// Steps 1 and 2 are under way.
        case storing(isLive: Bool)
        /// In the store, to be offered.
        case stored
        case offering
        /// A fault of this chunk alone; not before the moment.
        case waiting(until: MonotonicTime)
        /// Refused: stays where it is.
        case held
        /// Being given up.
        case dropping
    }

    private let settings: ShipperSettings
    private var store: RetryGate
    private var catalogue: RetryGate
    private var places: [ChunkIdentity: Place] = [:]
    private var failures: [ChunkIdentity: Int] = [:]
    private var storedOrder: [ChunkIdentity] = []
    /// Offers in the next request: halved while requests are rejected, doubled while they are not.
    private var batchLimit = ChunkOffers.countLimit

    package init(_ settings: ShipperSettings) {
        self.settings = settings
        store = RetryGate(settings.backoff)
        catalogue = RetryGate(settings.backoff)
    }

    /// Chunks whose steps 1 and 2 begin now.
    ///
    /// - Parameters:
    ///   - candidates: All closed, unregistered chunks, oldest first.
    ///   - now: A clock that never steps.
    /// - Returns: At most as many as slots are free, in the order in which to begin.
    package mutating func startStoring(
        _ candidates: [Candidate],
        at now: MonotonicTime
    ) -> [ChunkIdentity] {
        forgetOthers(than: candidates)
        var live = 0
        var backlog = 0
        for case .storing(let isLive) in places.values {
            if isLive { live += 1 } else { backlog += 1 }
        }
        let due = candidates.filter { isDue($0.identity, at: now) }
        // Newest live first, oldest backlog first.
        var liveDue = due.filter(\.isLive)
        var backlogDue = due.filter { !$0.isLive }.reversed() as [Candidate]
        var started: [ChunkIdentity] = []
        var free = store.allowance(at: now, limit: settings.concurrency) - live - backlog
        while free > 0 {
            let backlogIsOwed = !backlogDue.isEmpty && backlog < settings.backlogShare
            let next: Candidate
            if let candidate = liveDue.last, !(backlogIsOwed && live > 0) {
                liveDue.removeLast()
                next = candidate
            } else if let candidate = backlogDue.popLast() {
                next = candidate
            } else {
                break
            }
            places[next.identity] = .storing(isLive: next.isLive)
            if next.isLive { live += 1 } else { backlog += 1 }
            started.append(next.identity)
            free -= 1
        }
        return started
    }

    /// Steps 1 and 2 are done.
    package mutating func stored(_ identity: ChunkIdentity) {
        store.succeeded()
        failures[identity] = nil
        places[identity] = .stored
        storedOrder.append(identity)
    }

    /// The store does not take anything at the moment.
    ///
    /// - Parameters:
    ///   - identity: The chunk that met it.
    ///   - now: A clock that never steps.
    ///   - random: Evenly spread over 0..<1.
    package mutating func storeFailed(
        _ identity: ChunkIdentity,
        at now: MonotonicTime,
        random: Double
    ) {
        store.failed(at: now, random: random)
        // The next try is another chunk's, in case it was this one's fault after all.
        chunkFailed(identity, at: now, random: random)
    }

    /// This chunk alone could not be sealed or read.
    ///
    /// - Parameters:
    ///   - identity: The chunk.
    ///   - now: A clock that never steps.
    ///   - random: Evenly spread over 0..<1.
    package mutating func chunkFailed(
        _ identity: ChunkIdentity,
        at now: MonotonicTime,
        random: Double
    ) {
        let count = (failures[identity] ?? 0) + 1
        failures[identity] = count
        places[identity] = .waiting(
            until: now + settings.backoff.delay(attempt: count, random: random)
        )
    }

    /// The chunk stays in the spool and is not tried again.
    package mutating func hold(_ identity: ChunkIdentity) {
        places[identity] = .held
        storedOrder.removeAll { $0 == identity }
    }

    /// Chunks to be offered now, in the order in which they were stored; none while an offer is
    /// under way.
    package mutating func startOffering(at now: MonotonicTime) -> [ChunkIdentity] {
        guard !places.values.contains(.offering) else { return [] }
        let count = catalogue.allowance(at: now, limit: ChunkOffers.countLimit)
        // While the coordinator fails one request at a time goes to it, and that may be full.
        let batch = Array(storedOrder.prefix(count == 0 ? 0 : batchLimit))
        storedOrder.removeFirst(batch.count)
        for identity in batch { places[identity] = .offering }
        return batch
    }

    /// The coordinator answers to something else again: an offer is tried at once.
    package mutating func catalogueAnswers() {
        catalogue.reopen()
    }

    /// Step 3 is done.
    package mutating func registered(_ identity: ChunkIdentity) {
        catalogue.succeeded()
        places[identity] = nil
    }

    /// A request of this many offers got its verdicts.
    package mutating func offersAnswered(_ count: Int) {
        if count >= batchLimit { batchLimit = min(ChunkOffers.countLimit, batchLimit * 2) }
    }

    /// The coordinator lives and rejected a request: one of the offers is to blame. Half as many are
    /// offered next; one that is rejected alone waits for `rejectionPause`, so that it holds up no
    /// other and is yet tried again when the coordinator was at fault.
    ///
    /// - Parameters:
    ///   - identities: The chunks of the request.
    ///   - now: A clock that never steps.
    /// - Returns: The chunk that was rejected alone, if it was one.
    package mutating func offersRejected(
        _ identities: [ChunkIdentity],
        at now: MonotonicTime
    ) -> ChunkIdentity? {
        catalogue.succeeded()
        if identities.count == 1, let identity = identities.first {
            places[identity] = .waiting(until: now + settings.rejectionPause)
            return identity
        }
        batchLimit = max(1, identities.count / 2)
        offerAgain(identities)
        return nil
    }

    /// It is not known what became of the offers.
    ///
    /// - Parameters:
    ///   - identities: The chunks of the request; they are offered again.
    ///   - now: A clock that never steps.
    ///   - random: Evenly spread over 0..<1.
    package mutating func offerFailed(
        _ identities: [ChunkIdentity],
        at now: MonotonicTime,
        random: Double
    ) {
        catalogue.failed(at: now, random: random)
        offerAgain(identities)
    }

    private mutating func offerAgain(_ identities: [ChunkIdentity]) {
        for identity in identities { places[identity] = .stored }
        storedOrder.insert(contentsOf: identities, at: 0)
    }

    /// Whether a chunk is in the middle of a step.
    package func isBusy(_ identity: ChunkIdentity) -> Bool {
        switch places[identity] {
        case .storing, .offering, .dropping: true
        case nil, .stored, .waiting, .held: false
        }
    }

    /// Chunks that are to be given up: no step of shipping begins with them any more.
    ///
    /// - Returns: Those that are not busy, in their order.
    package mutating func startDropping(_ identities: [ChunkIdentity]) -> [ChunkIdentity] {
        let idle = identities.filter { !isBusy($0) }
        for identity in idle { places[identity] = .dropping }
        let gone = Set(idle)
        storedOrder.removeAll { gone.contains($0) }
        return idle
    }

    /// Giving up a chunk has ended, well or not; if not, it is shipped on.
    package mutating func endDropping(_ identity: ChunkIdentity) {
        places[identity] = nil
        failures[identity] = nil
    }

    private func isDue(_ identity: ChunkIdentity, at now: MonotonicTime) -> Bool {
        switch places[identity] {
        case nil: true
        case .waiting(let moment): moment <= now
        case .storing, .stored, .offering, .held, .dropping: false
        }
    }

    /// Drops what is known of chunks that have left the spool.
    private mutating func forgetOthers(than candidates: [Candidate]) {
        guard places.count + failures.count > 0 else { return }
        let known = Set(candidates.map(\.identity))
        places = places.filter { identity, place in
            switch place {
            case .waiting, .held: known.contains(identity)
            case .storing, .stored, .offering, .dropping: true
            }
        }
        failures = failures.filter { known.contains($0.key) }
    }
}
