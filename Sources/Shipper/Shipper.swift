package import Domain
package import Files
package import ObjectStore
package import Spool
import Synchronization

/// Moves closed chunks from the spool to the store and has them registered, as often as it takes.
/// Nothing is removed before its row is committed.
///
/// For each chunk, in this order (`ShippingStep`):
/// 1. seal: bounds, length and SHA-256 are written durably beside the data file; where the store is a
///    folder, a nameless copy is made there by the same reading;
/// 2. put: the bytes go into the store under the name that the seal gives, created once; the same
///    bytes under that name are an earlier try that arrived, others are an alarm;
/// 3. offer: the coordinator commits the row;
/// 4. free: the files are removed, `grace` after the row was committed, but never a stream's newest.
///
/// Where the disk has no room left, copies go before their grace is over, and at the very end
/// chunks that are not registered (`SpoolQuota`, `ChunkDropping`).
///
/// A crash after any step leaves a state from which the next start repeats the step or the one
/// after it with the same bytes under the same name. Without store or coordinator everything waits
/// in the spool.
package final class Shipper: Sendable {
    /// How long a registered chunk stays: longer than any player reads from a live playlist.
    package static let grace = Duration.seconds(600)

    private enum Outcome: Sendable {
        case stored(ChunkIdentity, SealedChunk)
        case storingFailed(ChunkIdentity, ShippingFailure)
        case verdicts([ChunkOffer], [ChunkVerdict])
        case offeringFailed([ChunkOffer], reason: String)
        case offersRejected([ChunkOffer], reason: String)
        case relieved(SpoolRelief.Outcome)
        case told([ChunkDrop], [DropVerdict])
        case tellingRejected([ChunkDrop], reason: String)
        case tellingFailed([ChunkDrop], reason: String)
        case forgotten([ChunkDrop], [(identity: ChunkIdentity, failure: DroppingFailure)])
        case tick
    }

    private let index: SpoolIndex
    private let registrar: any ChunkRegistering
    private let shipment: ChunkShipment
    private let now: @Sendable () -> MonotonicTime
    private let random: @Sendable () -> Double
    private let settings: ShipperSettings
    private let grace: Duration
    private let report: @Sendable (ShipperEvent) -> Void
    private let queue: Mutex<ShippingQueue>
    private let dropping: ChunkDropping
    private let drops: Mutex<DropQueue>
    private let relief: SpoolRelief
    private let watch = Mutex(SpoolWatch())

    /// A shipper of one spool into one store.
    ///
    /// - Parameters:
    ///   - index: The spool, recovered.
    ///   - store: Where the bytes go.
    ///   - registrar: Where the rows go.
    ///   - retentionDays: Of a camera, for the object's tag.
    ///   - now: A clock that never steps.
    ///   - random: Uniform in 0..<1.
    ///   - grace: How long a registered chunk stays in the spool.
    ///   - settings: Limits.
    ///   - quota: How much of the disk the spool may fill.
    ///   - space: Room of the spool's disk; nil: as the file system says.
    ///   - report: Called on any thread.
    package init(
        index: SpoolIndex,
        store: any ObjectStoring,
        registrar: any ChunkRegistering,
        retentionDays: @escaping @Sendable (CameraID) -> Int,
        now: @escaping @Sendable () -> MonotonicTime,
        random: @escaping @Sendable () -> Double,
        grace: Duration = Shipper.grace,
        settings: ShipperSettings = ShipperSettings(),
        quota: SpoolQuota = SpoolQuota(),
        space: (@Sendable () throws -> FileSystemSpace)? = nil,
        report: @escaping @Sendable (ShipperEvent) -> Void
    ) {
        self.index = index
        self.registrar = registrar
        shipment = ChunkShipment(index: index, store: store, retentionDays: retentionDays)
        self.now = now
        self.random = random
        self.grace = grace
        self.settings = settings
        self.report = report
        queue = Mutex(ShippingQueue(settings))
        drops = Mutex(DropQueue(settings))
        let dropping = ChunkDropping(index: index, registrar: registrar)
        self.dropping = dropping
        let root = index.layout.root
        relief = SpoolRelief(
            index: index,
            quota: quota,
            space: space ?? { try FileSystem.space(of: root) },
            dropping: dropping
        )
    }

    /// Ships until the task is cancelled.
    package func run() async {
        await withTaskGroup(of: Outcome.self) { group in
            var isRelieving = false
            addTick(&group)
            while !Task.isCancelled {
                startDue(&group)
                guard let outcome = await group.next() else { break }
                settle(outcome)
                switch outcome {
                case .tick:
                    addTick(&group)
                    guard !isRelieving else { continue }
                    isRelieving = true
                    group.addTask { await self.relieve() }
                case .relieved:
                    isRelieving = false
                case .told(let drops, let verdicts):
                    group.addTask { await self.forget(drops, verdicts) }
                case .stored, .storingFailed, .verdicts, .offeringFailed, .offersRejected,
                    .tellingRejected, .tellingFailed, .forgotten:
                    break
                }
            }
            group.cancelAll()
        }
    }

    /// The coordinator answers again after it did not: what waits for it does not wait on for its
    /// next turn.
    package func coordinatorAnswers() {
        queue.withLock { $0.catalogueAnswers() }
        drops.withLock { $0.coordinatorAnswers() }
    }

    /// Takes every chunk that is due as far as it goes now, then makes room and tells of what had to
    /// go.
    package func pass() async {
        await withTaskGroup(of: Outcome.self) { group in
            repeat { startDue(&group) } while await settleNext(&group)
        }
        settle(await relieve())
        await withTaskGroup(of: Outcome.self) { group in
            repeat { startTelling(&group) } while await settleNext(&group)
        }
    }

    private func settleNext(_ group: inout TaskGroup<Outcome>) async -> Bool {
        guard !Task.isCancelled, let outcome = await group.next() else { return false }
        settle(outcome)
        if case .told(let drops, let verdicts) = outcome {
            settle(await forget(drops, verdicts))
        }
        return true
    }

    private func addTick(_ group: inout TaskGroup<Outcome>) {
        let interval = settings.interval
        group.addTask {
            try? await Task.sleep(for: interval)
            return .tick
        }
    }

    /// Begins what the queue says is due.
    private func startDue(_ group: inout TaskGroup<Outcome>) {
        let chunks = index.closedUnshipped()
        let moment = now()
        let (storing, offering) = queue.withLock { queue in
            (
                queue.startStoring(Self.candidates(chunks), at: moment),
                queue.startOffering(at: moment)
            )
        }
        for identity in storing {
            group.addTask { await self.store(identity) }
        }
        // An offer is made from the index, which has the seal since step 1.
        var offers: [ChunkOffer] = []
        for identity in offering {
            if let offer = index.offer(identity) {
                offers.append(offer)
            } else {
                queue.withLock { $0.hold(identity) }
            }
        }
        if !offers.isEmpty {
            group.addTask { [offers] in await self.offer(offers) }
        }
        startTelling(&group)
    }

    private func startTelling(_ group: inout TaskGroup<Outcome>) {
        let pending = index.drops()
        let batch = drops.withLock { $0.start(pending, at: now()) }
        if !batch.isEmpty { group.addTask { await self.tell(batch) } }
    }

    private static func candidates(_ chunks: [SpooledChunk]) -> [ShippingQueue.Candidate] {
        var newest: [CameraStream: ChunkIdentity] = [:]
        for chunk in chunks {
            newest[CameraStream(chunk.chunk.identity)] = chunk.chunk.identity
        }
        return chunks.map { chunk in
            let identity = chunk.chunk.identity
            return ShippingQueue.Candidate(
                identity: identity,
                isLive: newest[CameraStream(identity)] == identity
            )
        }
    }

    /// Steps 1 and 2.
    private func store(_ identity: ChunkIdentity) async -> Outcome {
        do {
            return .stored(identity, try await shipment.store(identity))
        } catch {
            return .storingFailed(identity, error)
        }
    }

    /// Step 3.
    private func offer(_ offers: [ChunkOffer]) async -> Outcome {
        do {
            let verdicts = try await registrar.register(offers)
            guard verdicts.count == offers.count else {
                return .offeringFailed(
                    offers,
                    reason: "\(verdicts.count) verdicts for \(offers.count) offers"
                )
            }
            return .verdicts(offers, verdicts)
        } catch let rejection as OfferRejection {
            return .offersRejected(offers, reason: rejection.reason)
        } catch {
            return .offeringFailed(offers, reason: "\(error)")
        }
    }

    /// Step 4, and steps 1 to 3 of dropping.
    private func relieve() async -> Outcome {
        let limit = now() + (.zero - grace)
        let relief = relief
        let outcome = try? await FileThread.run {
            relief.run(
                registeredBefore: limit,
                isBusy: { identity in self.queue.withLock { $0.isBusy(identity) } },
                claim: { identities in self.queue.withLock { $0.startDropping(identities) } }
            )
        }
        return .relieved(outcome ?? SpoolRelief.Outcome())
    }

    /// Step 4 of dropping.
    private func tell(_ batch: [ChunkDrop]) async -> Outcome {
        do {
            return .told(batch, try await dropping.tell(batch))
        } catch let rejection as OfferRejection {
            return .tellingRejected(batch, reason: rejection.reason)
        } catch let failure as DroppingFailure {
            return .tellingFailed(batch, reason: failure.reason)
        } catch {
            return .tellingFailed(batch, reason: "\(error)")
        }
    }

    /// Step 5 of dropping.
    private func forget(_ batch: [ChunkDrop], _ verdicts: [DropVerdict]) async -> Outcome {
        for (drop, verdict) in zip(batch, verdicts) {
            report(.dropAnswered(drop.identity, verdict))
        }
        let dropping = dropping
        let failures = try? await FileThread.run {
            batch.compactMap { drop -> (identity: ChunkIdentity, failure: DroppingFailure)? in
                do throws(DroppingFailure) {
                    try dropping.forget(drop.identity)
                    return nil
                } catch {
                    return (drop.identity, error)
                }
            }
        }
        return .forgotten(batch, failures ?? [])
    }

    private func settle(_ outcome: Outcome) {
        let moment = now()
        switch outcome {
        case .stored(let identity, _):
            queue.withLock { $0.stored(identity) }
        case .storingFailed(let identity, let failure):
            settle(identity, failure, moment)
        case .verdicts(let offers, let verdicts):
            queue.withLock { $0.offersAnswered(offers.count) }
            for (offer, verdict) in zip(offers, verdicts) { settle(offer, verdict, moment) }
        case .offersRejected(let offers, let reason):
            let identities = offers.map(\.sealed.chunk.identity)
            if let alone = queue.withLock({ $0.offersRejected(identities, at: moment) }) {
                report(.refused(alone, step: .offer, reason: reason))
            }
        case .offeringFailed(let offers, let reason):
            let identities = offers.map(\.sealed.chunk.identity)
            queue.withLock { $0.offerFailed(identities, at: moment, random: random()) }
            for identity in identities {
                report(.failed(identity, step: .offer, reason: reason))
            }
        case .relieved(let outcome):
            settle(outcome, moment)
        case .tellingRejected(let batch, let reason):
            let alone = drops.withLock { $0.rejected(batch, at: moment) }
            if let alone { report(.droppingFailed(alone, step: .tell, reason: reason)) }
        case .tellingFailed(let batch, let reason):
            drops.withLock { $0.failed(at: moment, random: random()) }
            for drop in batch {
                report(.droppingFailed(drop.identity, step: .tell, reason: reason))
            }
        case .forgotten(let batch, let failures):
            drops.withLock { queue in
                queue.answered(batch, stillMarked: failures.map(\.identity), at: moment)
            }
            for (identity, failure) in failures {
                report(.droppingFailed(identity, step: failure.step, reason: failure.reason))
            }
        case .told, .tick:
            break
        }
    }

    private func settle(_ outcome: SpoolRelief.Outcome, _ moment: MonotonicTime) {
        queue.withLock { queue in
            for identity in outcome.claimed { queue.endDropping(identity) }
        }
        if outcome.freed > 0 { report(.freed(count: outcome.freed)) }
        for (identity, error) in outcome.freeingFailures {
            report(.failed(identity, step: .free, reason: "\(error)"))
        }
        for drop in outcome.dropped { report(.dropped(drop)) }
        for (identity, failure) in outcome.droppingFailures {
            report(.droppingFailed(identity, step: failure.step, reason: failure.reason))
        }
        if let reason = outcome.spaceFailure { report(.spaceUnknown(reason: reason)) }
        guard let plan = outcome.plan else { return }
        let gone = outcome.dropped.reduce(0) { $0 + $1.length }
        report(.spool(status(plan, heldBytes: max(0, plan.heldBytes - gone), moment)))
    }

    private func status(
        _ plan: SpoolQuota.Plan,
        heldBytes: Int,
        _ moment: MonotonicTime
    ) -> SpoolStatus {
        watch.withLock { watch in
            // Before something went: what had to go shows that it was full.
            watch.observe(held: plan.heldBytes, capacity: plan.capacityBytes, at: moment)
            return SpoolStatus(
                usedBytes: plan.usedBytes,
                heldBytes: heldBytes,
                capacityBytes: plan.capacityBytes,
                isFilling: watch.isFilling,
                timeToFull: watch.timeToFull(held: heldBytes, capacity: plan.capacityBytes)
            )
        }
    }

    private func settle(
        _ identity: ChunkIdentity,
        _ failure: ShippingFailure,
        _ moment: MonotonicTime
    ) {
        queue.withLock { queue in
            switch failure.scope {
            case .store: queue.storeFailed(identity, at: moment, random: random())
            case .chunk: queue.chunkFailed(identity, at: moment, random: random())
            case .forGood: queue.hold(identity)
            }
        }
        report(
            failure.scope == .forGood
                ? .refused(identity, step: failure.step, reason: failure.reason)
                : .failed(identity, step: failure.step, reason: failure.reason)
        )
    }

    private func settle(
        _ offer: ChunkOffer,
        _ verdict: ChunkVerdict,
        _ moment: MonotonicTime
    ) {
        let identity = offer.sealed.chunk.identity
        switch verdict {
        case .registered:
            index.markRegistered(identity, at: moment)
            queue.withLock { $0.registered(identity) }
            report(.shipped(identity, bytes: offer.sealed.length))
        case .refused:
            queue.withLock { $0.hold(identity) }
            report(
                .refused(
                    identity,
                    step: .offer,
                    reason: "the coordinator refuses the chunk: its epoch was not granted to "
                        + "this worker, or the camera is unknown"
                )
            )
        }
    }
}
