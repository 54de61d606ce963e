import Domain
import Fleet
import TestSupport
import Testing

@Suite struct LeaseStateMachineTests {
    private let streams = (0..<6).map { _ in
        FleetStream(tenant: TenantID(), camera: CameraID(), stream: .main)
    }
    private let first = WorkerID()
    private let second = WorkerID()

    private func at(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(seconds * 1_000_000_000))
    }

    private func machine() -> LeaseStateMachine {
        var machine = LeaseStateMachine(at: at(0))
        machine.want(streams)
        return machine
    }

    @Test func `without a worker nothing is granted, with one everything`() {
        var machine = machine()
        #expect(machine.assign(at: at(0)).isEmpty)
        machine.register(first, highestEpoch: 41, at: at(1))
        let grants = machine.assign(at: at(1))
        #expect(Set(grants.map(\.stream)) == Set(streams))
        #expect(grants.map(\.epoch).sorted() == Array(42...47))
        #expect(machine.assign(at: at(2)).isEmpty)
        #expect(machine.leases(of: first).count == 6)
    }

    @Test func `two workers share, and a third takes nothing from them`() {
        var machine = machine()
        machine.register(first, highestEpoch: 0, at: at(0))
        machine.register(second, highestEpoch: 0, at: at(0))
        #expect(machine.assign(at: at(0)).count == 6)
        #expect(machine.leases(of: first).count == 3)
        machine.register(WorkerID(), highestEpoch: 0, at: at(1))
        #expect(machine.assign(at: at(1)).isEmpty)
    }

    @Test func `the streams of a dead worker move with new epochs, and stay`() {
        var machine = machine()
        machine.register(first, highestEpoch: 0, at: at(0))
        machine.register(second, highestEpoch: 0, at: at(0))
        let before = machine.assign(at: at(0))
        let isKnown = machine.heartbeat(second, at: at(8))
        #expect(isKnown)
        #expect(machine.assign(at: at(9.9)).isEmpty)
        let moved = machine.assign(at: at(10))
        #expect(moved.count == 3)
        #expect(moved.allSatisfy { $0.worker == second })
        let highest = before.map(\.epoch).max() ?? 0
        #expect(moved.allSatisfy { $0.epoch > highest })
        machine.register(first, highestEpoch: 0, at: at(11))
        #expect(machine.assign(at: at(11)).isEmpty)
        #expect(machine.leases(of: second).count == 6)
    }

    @Test func `with nobody to take over a late heartbeat changes nothing`() {
        var machine = machine()
        machine.register(first, highestEpoch: 0, at: at(0))
        let before = machine.assign(at: at(0))
        #expect(machine.assign(at: at(60)).isEmpty)
        let isKnown = machine.heartbeat(first, at: at(61))
        #expect(isKnown)
        #expect(machine.assign(at: at(61)).isEmpty)
        #expect(Set(machine.leases(of: first)) == Set(before))
    }

    @Test func `a removed stream that comes back has a new epoch`() {
        var machine = machine()
        machine.register(first, highestEpoch: 0, at: at(0))
        let before = machine.assign(at: at(0))
        machine.want(streams.dropFirst())
        #expect(machine.lease(of: streams[0]) == nil)
        machine.want(streams)
        let again = machine.assign(at: at(1))
        #expect(again.map(\.stream) == [streams[0]])
        #expect(again.allSatisfy { lease in before.allSatisfy { $0.epoch < lease.epoch } })
    }

    @Test func `a restarted coordinator moves nothing before workers had time to speak`() {
        var machine = machine()
        machine.register(first, highestEpoch: 0, at: at(0))
        let before = machine.assign(at: at(0))
        var next = LeaseStateMachine(leases: before, highestEpoch: 100, at: at(50))
        next.want(streams)
        next.register(second, highestEpoch: 0, at: at(51))
        #expect(next.assign(at: at(59)).isEmpty)
        #expect(next.assign(at: at(60)).allSatisfy { $0.worker == second && $0.epoch > 100 })
    }

    @Test func `a worker that never registered has to`() {
        var machine = machine()
        let isUnknown = !machine.heartbeat(first, at: at(0))
        #expect(isUnknown)
    }

    @Test func `random events never share a stream or repeat an epoch`() {
        let seed = UInt64.random(in: .min ... .max)
        print("leases: seed \(seed)")
        var random = SeededRandom(seed: seed)
        var machine = LeaseStateMachine(at: at(0))
        let workers = (0..<4).map { _ in WorkerID() }
        var epochs: Set<Int64> = []
        var durable: [FleetStream: Lease] = [:]
        var now = 0.0
        for step in 0..<4_000 {
            now += Double.random(in: 0...3, using: &random)
            let worker = workers[Int.random(in: 0..<4, using: &random)]
            switch Int.random(in: 0..<12, using: &random) {
            case 0: machine.want(streams.filter { _ in Bool.random(using: &random) })
            case 1: machine.want(streams)
            case 2:
                machine.register(
                    worker,
                    highestEpoch: Int64.random(in: 0...20, using: &random),
                    at: at(now)
                )
            case 3:
                machine = LeaseStateMachine(
                    leases: Array(durable.values),
                    highestEpoch: epochs.max() ?? 0,
                    at: at(now)
                )
                machine.want(streams)
            default: _ = machine.heartbeat(worker, at: at(now))
            }
            let before = streams.map { machine.lease(of: $0) }
            let live = workers.filter { machine.isLive($0, at: at(now)) }
            for grant in machine.assign(at: at(now)) {
                #expect(epochs.insert(grant.epoch).inserted, "seed \(seed) step \(step)")
                #expect(live.contains(grant.worker), "seed \(seed) step \(step)")
                durable[grant.stream] = grant
            }
            for (stream, old) in zip(streams, before) {
                let lease = machine.lease(of: stream)
                if let old, live.contains(old.worker) {
                    #expect(lease == old, "not sticky: seed \(seed) step \(step)")
                }
                if let lease, !live.isEmpty { #expect(live.contains(lease.worker)) }
            }
            let held = workers.flatMap { machine.leases(of: $0).map(\.stream) }
            #expect(held.count == Set(held).count, "seed \(seed) step \(step)")
        }
    }
}
