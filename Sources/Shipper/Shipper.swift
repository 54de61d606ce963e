package import Domain
import Files
package import ObjectStore
package import Spool
import Synchronization

/// Moves closed chunks from the spool to the store and has them registered, as often as it takes.
/// Nothing is removed before its row is committed.
///
/// For each chunk, in this order (`ShippingStep`):
/// 1. seal: bounds, length and SHA-256 are written durably beside the data file;
/// 2. put: the bytes go into the store under the name that the seal gives, created once; the same
///    bytes under that name are an earlier try that arrived, others are an alarm;
/// 3. offer: the coordinator commits the row;
/// 4. free: the files are removed, `grace` after the row was committed, but never a stream's newest.
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
        case freed(count: Int)
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
    }

    /// Ships until the task is cancelled.
    package func run() async {
        await withTaskGroup(of: Outcome.self) { group in
            var isFreeing = false
            addTick(&group)
            while !Task.isCancelled {
                startDue(&group)
                guard let outcome = await group.next() else { break }
                settle(outcome)
                switch outcome {
                case .tick:
                    addTick(&group)
                    guard !isFreeing else { continue }
                    isFreeing = true
                    group.addTask { await self.free() }
                case .freed:
                    isFreeing = false
                case .stored, .storingFailed, .verdicts, .offeringFailed, .offersRejected:
                    break
                }
            }
            group.cancelAll()
        }
    }

    /// Takes every chunk that is due as far as it goes now, then frees what is done.
    package func pass() async {
        await withTaskGroup(of: Outcome.self) { group in
            repeat { startDue(&group) } while await settleNext(&group)
        }
        settle(await free())
    }

    private func settleNext(_ group: inout TaskGroup<Outcome>) async -> Bool {
        guard !Task.isCancelled, let outcome = await group.next() else { return false }
        settle(outcome)
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

    /// Step 4.
    private func free() async -> Outcome {
        let limit = now() + (.zero - grace)
        let index = self.index
        let freed = try? await FileThread.run { index.free(registeredBefore: limit) }
        for (identity, error) in freed?.failures ?? [] {
            report(.failed(identity, step: .free, reason: "\(error)"))
        }
        return .freed(count: freed?.count ?? 0)
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
        case .freed(let count):
            if count > 0 { report(.freed(count: count)) }
        case .tick:
            break
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
