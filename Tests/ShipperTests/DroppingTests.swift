import Domain
import Files
import Foundation
import ObjectStore
import Shipper
import Spool
import Synchronization
import TestSupport
import Testing

/// A spool without room: what is given up, and that no loss is silent or told twice.
struct DroppingTests {
    private let fixture = ShippingFixture()
    private let camera = CameraID()

    /// Every closed chunk of the first four is either registered or a gap, exactly one of them.
    private func expectAllSettled(_ comment: String = "") {
        let rows = fixture.registry.rows.withLock { Set($0.keys) }
        let drops = fixture.registry.drops.withLock { $0 }
        #expect(rows.isDisjoint(with: drops.keys), "\(comment)")
        let all = (1...4).map { fixture.identity(camera, $0) }
        #expect(rows.union(drops.keys).isSuperset(of: all.dropLast()), "\(comment)")
        #expect(fixture.registry.contradictions.withLock { $0 } == 0, "\(comment)")
        for (identity, drop) in drops {
            let start = fixture.start.adding(milliseconds: (identity.sequence - 1) * 8_000)
            #expect(
                drop.gap
                    == Gap(start: start, end: start.adding(milliseconds: 8_000), reason: .diskFull),
                "\(comment)"
            )
        }
    }

    private func files() throws -> [String] {
        try FileSystem.names(in: fixture.layout.folder(camera, .main))
    }

    @Test func `copies go first, and nothing else while they are enough`() async throws {
        try fixture.record(camera, 1...4)
        let index = try fixture.recovered()
        await fixture.shipper(index).pass()
        #expect(index.all().count == 4)
        await fixture.shipper(index, limitBytes: 1).pass()
        // The newest stays: its name shows which were in use.
        #expect(try files() == ["1-4.journal", "1-4.mp4", "1-4.seal"])
        #expect(fixture.registry.drops.withLock { $0.isEmpty })
    }

    @Test func `without room the oldest is given up, told of once, and no list has it`()
        async throws
    {
        try fixture.record(camera, 1...4)
        let index = try fixture.recovered()
        let length = try #require(index.quotaItems().first?.length)
        fixture.registry.set(.down)
        let store = FaultyStore(fixture.storeRoot)
        store.set(.full)
        await fixture.shipper(index, store, limitBytes: length * 3).pass()
        #expect(index.drops().map(\.identity.sequence) == [1])
        #expect(index.all().map(\.chunk.identity.sequence) == [2, 3, 4])
        #expect(try files().filter { $0.hasPrefix("1-1") } == ["1-1.dropped"])
        let holdings = index.holdings(
            camera,
            .main,
            from: fixture.start.adding(milliseconds: -60_000),
            to: fixture.start.adding(milliseconds: 60_000)
        )
        #expect(holdings.chunks.map(\.identity.sequence) == [2, 3, 4])
        #expect(holdings.gaps.map(\.reason) == [.workerDown, .diskFull])
        #expect(holdings.gaps.last?.end == holdings.chunks.first?.start)
        fixture.registry.set(.up)
        store.set(.up)
        fixture.advance(.seconds(21))
        await fixture.shipper(index, store).pass()
        expectAllSettled()
        #expect(fixture.registry.drops.withLock { $0.count } == 1)
        #expect(index.drops().isEmpty)
        #expect(try files().filter { $0.hasPrefix("1-1") } == [])
        // The hole before its run is told with it: no other chunk knows of it.
        let told = fixture.registry.drops.withLock { $0[fixture.identity(camera, 1)] }
        #expect(told?.besideGaps.map(\.reason) == [.workerDown])
    }

    @Test(arguments: DroppingStep.allCases)
    func `a crash after each step ends in one gap, and never in a chunk and a gap`(
        step: DroppingStep
    ) async throws {
        try fixture.record(camera, 1...4)
        let first = try fixture.recovered()
        let identity = fixture.identity(camera, 1)
        try first.markDropped(identity)
        if step.rawValue >= DroppingStep.withdraw.rawValue { first.withdrawDropped(identity) }
        if step.rawValue >= DroppingStep.delete.rawValue { try first.deleteDropped(identity) }
        if step.rawValue >= DroppingStep.tell.rawValue {
            // Committed, and for step 4 the answer is lost.
            fixture.registry.set(step == .tell ? .mute : .up)
            let store = FaultyStore(fixture.storeRoot)
            store.set(.full)
            await fixture.shipper(first, store).pass()
            #expect(fixture.registry.drops.withLock { $0.count } == 1)
            #expect(fixture.exists(fixture.layout.dropped(identity)) == (step == .tell))
        }
        // The process is gone with all it knew; another one begins with what the disk has.
        fixture.registry.set(.up)
        for _ in 0..<2 {
            let index = try fixture.recovered()
            #expect(index.all().allSatisfy { $0.chunk.identity != identity })
            #expect(!fixture.exists(fixture.layout.data(identity)))
            #expect(index.nextSequence(camera, .main, epoch: 1) == 5)
            await fixture.shipper(index).pass()
            #expect(index.drops().isEmpty)
        }
        expectAllSettled("step \(step.rawValue)")
        #expect(fixture.registry.drops.withLock { Array($0.keys) } == [identity])
        #expect(fixture.registry.tellings.withLock { $0[identity] } == (step == .tell ? 2 : 1))
        #expect(try files().filter { $0.hasPrefix("1-1.") } == [])
    }

    @Test func `a chunk that was registered before its answer was lost is no gap`() async throws {
        try fixture.record(camera, 1...3)
        let index = try fixture.recovered()
        let shipper = fixture.shipper(index)
        fixture.registry.set(.down)
        await shipper.pass()
        fixture.registry.set(.mute)
        fixture.advance(.seconds(21))
        await shipper.pass()
        #expect(fixture.registry.rows.withLock { $0.count } == 3)
        #expect(index.closedUnshipped().count == 3)
        // Another process, which does not know of the offers, and no room.
        let second = try fixture.recovered()
        fixture.registry.set(.down)
        await fixture.shipper(second, limitBytes: 1).pass()
        #expect(second.drops().map(\.identity.sequence) == [1, 2])
        fixture.registry.set(.up)
        fixture.advance(.seconds(21))
        await fixture.shipper(second).pass()
        #expect(second.drops().isEmpty)
        #expect(fixture.registry.drops.withLock { $0.isEmpty })
        #expect(fixture.registry.rows.withLock { $0.count } == 3)
        let verdicts = fixture.events.withLock { events in
            events.compactMap { event -> DropVerdict? in
                if case .dropAnswered(_, let verdict) = event { verdict } else { nil }
            }
        }
        #expect(verdicts == [.registered, .registered])
    }

    @Test func `what is under way is not given up`() async throws {
        try fixture.record(camera, 1...6)
        let index = try fixture.recovered()
        let store = FaultyStore(fixture.storeRoot)
        store.set(.stuck)
        var settings = ShipperSettings()
        settings.interval = .milliseconds(1)
        settings.concurrency = 2
        let shipper = fixture.shipper(index, store, settings: settings, limitBytes: 1)
        let running = Task { await shipper.run() }
        // The newest and the oldest are on their way and stay there; the rest has to go.
        let rest = Set((2...5).map { fixture.identity(camera, $0) })
        let told = { fixture.registry.drops.withLock { Set($0.keys) } }
        while told() != rest || !index.drops().isEmpty {
            try await Task.sleep(for: .milliseconds(2))
        }
        store.set(.up)
        let rows = { fixture.registry.rows.withLock { Set($0.keys) } }
        let underWay = Set([1, 6].map { fixture.identity(camera, $0) })
        while rows() != underWay { try await Task.sleep(for: .milliseconds(2)) }
        running.cancel()
        await running.value
        #expect(told() == rest)
        #expect(rows() == underWay)
        // Each was told of once, though its mark stays until the answer is worked off.
        let tellings = fixture.registry.tellings.withLock { Array($0.values) }
        #expect(tellings == [1, 1, 1, 1])
    }

    @Test func `a rejected telling holds up no other and is an alarm`() async throws {
        try fixture.record(camera, 1...20)
        let index = try fixture.recovered()
        let bad = fixture.identity(camera, 7)
        for sequence in 1...19 as ClosedRange<Int64> {
            let identity = fixture.identity(camera, sequence)
            try index.markDropped(identity)
            index.withdrawDropped(identity)
            try index.deleteDropped(identity)
        }
        fixture.registry.set(.rejecting([bad]))
        let shipper = fixture.shipper(index)
        await shipper.pass()
        #expect(index.drops().map(\.identity) == [bad])
        fixture.registry.set(.up)
        await shipper.pass()
        #expect(index.drops().map(\.identity) == [bad], "it waits")
        fixture.advance(.seconds(600))
        await shipper.pass()
        #expect(index.drops().isEmpty)
        #expect(fixture.registry.drops.withLock { $0.count } == 19)
    }

    @Test func `a hole between a given up chunk and the next is told with it`() async throws {
        try fixture.record(camera, 1...3)
        let path = fixture.layout.data(fixture.identity(camera, 1))
        let bytes = try #require(fixture.bytes(path))
        try Data(bytes.dropLast()).write(to: URL(fileURLWithPath: path))
        let index = try fixture.recovered()
        let identity = fixture.identity(camera, 1)
        try index.markDropped(identity)
        index.withdrawDropped(identity)
        try index.deleteDropped(identity)
        let hole = Gap(
            start: fixture.start.adding(milliseconds: 7_500),
            end: fixture.start.adding(milliseconds: 8_000),
            reason: .recorderCrash
        )
        #expect(index.chunk(fixture.identity(camera, 2))?.precedingGap == hole)
        #expect(index.drops().first?.gap.end == hole.start)
        #expect(index.drops().first?.besideGaps.contains(hole) == true)
        // Also after a start.
        #expect(try fixture.recovered().drops() == index.drops())
    }

    @Test func `a hole between two given up chunks is told whichever goes first`() throws {
        try fixture.record(camera, 1...4)
        let path = fixture.layout.data(fixture.identity(camera, 1))
        let bytes = try #require(fixture.bytes(path))
        try Data(bytes.dropLast()).write(to: URL(fileURLWithPath: path))
        let index = try fixture.recovered()
        for sequence in [1, 2] as [Int64] {
            try index.markDropped(fixture.identity(camera, sequence))
            index.withdrawDropped(fixture.identity(camera, sequence))
        }
        let hole = Gap(
            start: fixture.start.adding(milliseconds: 7_500),
            end: fixture.start.adding(milliseconds: 8_000),
            reason: .recorderCrash
        )
        let drops = index.drops()
        #expect(drops.count == 2)
        for drop in drops { #expect(drop.besideGaps.contains(hole), "\(drop.identity.sequence)") }
    }

    @Test func `what is open, newest, registered or gone cannot be given up`() throws {
        try fixture.record(camera, 1...2)
        let index = try fixture.recovered()
        #expect(throws: FileError.self) { try index.markDropped(fixture.identity(camera, 2)) }
        #expect(throws: FileError.self) { try index.markDropped(fixture.identity(camera, 3)) }
        index.markRegistered(fixture.identity(camera, 1), at: MonotonicTime(nanoseconds: 0))
        #expect(throws: FileError.self) { try index.markDropped(fixture.identity(camera, 1)) }
        #expect(index.all().count == 2)
        #expect(try files().allSatisfy { !$0.hasSuffix(".dropped") })
    }

    @Test func `a disk that does not say how much room it has costs nothing`() async throws {
        try fixture.record(camera, 1...3)
        let index = try fixture.recovered()
        fixture.registry.set(.down)
        let shipper = fixture.shipper(
            index,
            limitBytes: 1,
            space: { throw FileError(.ioFailure, "no answer") }
        )
        await shipper.pass()
        #expect(index.drops().isEmpty)
        #expect(index.all().count == 3)
        let isTold = fixture.events.withLock { events in
            events.contains { if case .spaceUnknown = $0 { true } else { false } }
        }
        #expect(isTold)
    }
}
