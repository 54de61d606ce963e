import Domain
import Shipper
import Testing

struct ShippingQueueTests {
    private let camera = CameraID()
    private let tenant = TenantID()
    private let zero = MonotonicTime(nanoseconds: 0)

    private func identity(_ sequence: Int64) -> ChunkIdentity {
        ChunkIdentity(
            tenant: tenant,
            camera: camera,
            stream: .main,
            epoch: 1,
            sequence: sequence
        )
    }

    private func candidates(
        backlog: ClosedRange<Int64>,
        live: ClosedRange<Int64>
    ) -> [ShippingQueue.Candidate] {
        backlog.map { ShippingQueue.Candidate(identity: identity($0), isLive: false) }
            + live.map { ShippingQueue.Candidate(identity: identity($0), isLive: true) }
    }

    @Test func `live goes first, newest first, and the backlog keeps its share`() {
        var queue = ShippingQueue(ShipperSettings())
        let all = candidates(backlog: 1...9, live: 101...109)
        #expect(queue.startStoring(all, at: zero).map(\.sequence) == [109, 1, 108, 107])
        #expect(queue.startStoring(all, at: zero).isEmpty)
        queue.stored(identity(108))
        #expect(queue.startStoring(all, at: zero).map(\.sequence) == [106])
        queue.stored(identity(1))
        #expect(queue.startStoring(all, at: zero).map(\.sequence) == [2])
    }

    @Test func `with live chunks without end both still progress`() {
        var queue = ShippingQueue(ShipperSettings())
        var live: Int64 = 1_000
        var shipped: [ChunkIdentity] = []
        for _ in 0..<100 {
            live += 4
            let all = candidates(backlog: 1...50, live: (live - 3)...live)
            for started in queue.startStoring(
                all.filter { !shipped.contains($0.identity) },
                at: zero
            ) {
                shipped.append(started)
                queue.stored(started)
            }
        }
        let backlog = shipped.filter { $0.sequence <= 50 }
        #expect(backlog.map(\.sequence) == Array(1...50))
        #expect(shipped.count { $0.sequence > 50 } >= 300)
    }

    @Test func `without live chunks the backlog has every slot`() {
        var queue = ShippingQueue(ShipperSettings())
        let all = (1...9).map { ShippingQueue.Candidate(identity: identity($0), isLive: false) }
        #expect(queue.startStoring(all, at: zero).map(\.sequence) == [1, 2, 3, 4])
    }

    @Test func `a failing store is tried by one chunk at a time`() {
        var queue = ShippingQueue(ShipperSettings())
        let all = candidates(backlog: 1...9, live: 10...10)
        for started in queue.startStoring(all, at: zero) {
            queue.storeFailed(started, at: zero, random: 0.5)
        }
        #expect(queue.startStoring(all, at: zero).isEmpty)
        let later = zero + .seconds(21)
        #expect(queue.startStoring(all, at: later).count == 1)
        #expect(queue.startStoring(all, at: later).isEmpty)
        queue.stored(identity(10))
        #expect(queue.startStoring(all, at: later).count == 4)
    }

    @Test func `offers go together, one request at a time, and again after a failure`() {
        var queue = ShippingQueue(ShipperSettings())
        let all = candidates(backlog: 1...100, live: 101...101)
        var count = 0
        while count < 101 {
            for started in queue.startStoring(all, at: zero) {
                queue.stored(started)
                count += 1
            }
        }
        let first = queue.startOffering(at: zero)
        #expect(first.count == ChunkOffers.countLimit)
        #expect(queue.startOffering(at: zero).isEmpty)
        queue.offerFailed(first, at: zero, random: 0.9)
        #expect(queue.startOffering(at: zero).isEmpty)
        // One try at once when the coordinator answers to something else, and no more.
        queue.catalogueAnswers()
        #expect(queue.startOffering(at: zero) == first)
        queue.offerFailed(first, at: zero, random: 0.9)
        #expect(queue.startOffering(at: zero).isEmpty)
        let again = queue.startOffering(at: zero + .seconds(1))
        #expect(again == first)
        for identity in again { queue.registered(identity) }
        #expect(queue.startOffering(at: zero + .seconds(1)).count == 101 - first.count)
    }

    @Test func `rejected requests are halved down to the one at fault, answered ones grow again`() {
        var queue = ShippingQueue(ShipperSettings())
        let all = candidates(backlog: 1...63, live: 64...64)
        while case let started = queue.startStoring(all, at: zero), !started.isEmpty {
            for identity in started { queue.stored(identity) }
        }
        var sizes: [Int] = []
        var alone: ChunkIdentity?
        let bad = queue.startOffering(at: zero)
        #expect(queue.offersRejected(bad, at: zero) == nil)
        while alone == nil {
            let batch = queue.startOffering(at: zero)
            sizes.append(batch.count)
            alone = queue.offersRejected(batch, at: zero)
        }
        #expect(sizes == [32, 16, 8, 4, 2, 1])
        #expect(alone == bad.first)
        sizes = []
        while case let batch = queue.startOffering(at: zero), !batch.isEmpty {
            sizes.append(batch.count)
            queue.offersAnswered(batch.count)
            for identity in batch { queue.registered(identity) }
        }
        #expect(sizes == [1, 2, 4, 8, 16, 32])
    }

    @Test func `a held chunk is never taken again, a failing one not before its time`() {
        var queue = ShippingQueue(ShipperSettings())
        let all = candidates(backlog: 1...1, live: 2...2)
        _ = queue.startStoring(all, at: zero)
        queue.hold(identity(1))
        queue.chunkFailed(identity(2), at: zero, random: 0.5)
        #expect(queue.startStoring(all, at: zero).isEmpty)
        #expect(queue.startStoring(all, at: zero + .milliseconds(251)) == [identity(2)])
        #expect(queue.startStoring(all, at: zero + .seconds(9_999)).isEmpty)
    }

    @Test func `waits spread over spans that double up to the cap`() {
        let backoff = FullJitterBackoff(base: .milliseconds(500), cap: .seconds(20))
        let bounds = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]
        for (index, bound) in bounds.enumerated() {
            #expect(backoff.bound(attempt: index + 1) == .milliseconds(bound))
            #expect(backoff.delay(attempt: index + 1, random: 0.5) == .milliseconds(bound) * 0.5)
            #expect(backoff.delay(attempt: index + 1, random: 0) > .zero)
        }
        #expect(backoff.bound(attempt: .max) == .seconds(20))
        #expect(backoff.bound(attempt: .min) == .milliseconds(500))
    }
}
