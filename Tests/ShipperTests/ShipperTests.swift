import Domain
import Files
import Foundation
import ObjectStore
import Shipper
import Spool
import Synchronization
import Testing

struct ShipperTests {
    private let fixture = ShippingFixture()
    private let camera = CameraID()

    /// Every recorded chunk is in the store once, byte for byte, and has one row that says so.
    private func expectAllShipped(
        _ spooled: [ChunkIdentity: [UInt8]],
        _ comment: String = ""
    ) async throws {
        let objects = try await fixture.objects()
        let rows = fixture.registry.rows.withLock { $0 }
        #expect(objects.count == spooled.count, "\(comment)")
        #expect(Set(rows.keys) == Set(spooled.keys), "\(comment)")
        #expect(fixture.registry.contradictions.withLock { $0 } == 0, "\(comment)")
        for (identity, offer) in rows {
            #expect(objects[offer.sealed.key] == spooled[identity], "\(comment)")
            #expect(offer.sealed.length == spooled[identity]?.count, "\(comment)")
        }
    }

    private func spooled() throws -> [ChunkIdentity: [UInt8]] {
        var all: [ChunkIdentity: [UInt8]] = [:]
        for chunk in try fixture.recovered().all() {
            all[chunk.chunk.identity] = fixture.bytes(chunk.path)
        }
        return all
    }

    @Test func `closed chunks are sealed, stored, registered and after the grace freed`()
        async throws
    {
        try fixture.record(camera, 1...5)
        let bytes = try spooled()
        let index = try fixture.recovered()
        let shipper = fixture.shipper(index)
        await shipper.pass()
        try await expectAllShipped(bytes)
        #expect(index.closedUnshipped().isEmpty)
        #expect(index.all().count == 5)
        fixture.advance(.seconds(599))
        await shipper.pass()
        #expect(index.all().count == 5)
        fixture.advance(.seconds(2))
        await shipper.pass()
        #expect(index.all().map(\.chunk.identity.sequence) == [5])
        let names = try FileSystem.names(in: fixture.layout.folder(camera, .main))
        #expect(names == ["1-5.journal", "1-5.mp4", "1-5.seal"])
        let first = fixture.registry.rows.withLock { $0[fixture.identity(camera, 1)] }
        #expect(first?.precedingGap?.reason == .workerDown)
    }

    @Test(arguments: ShippingStep.allCases)
    func `a crash after each step loses nothing and doubles nothing`(
        step: ShippingStep
    ) async throws {
        try fixture.record(camera, 1...3)
        let bytes = try spooled()
        let store = FaultyStore(fixture.storeRoot)
        switch step {
        case .seal:
            store.set(.full)
        case .put:
            store.set(.mute)
        case .offer:
            fixture.registry.set(.mute)
        case .free:
            break
        }
        let first = fixture.shipper(try fixture.recovered(), store)
        await first.pass()
        if step == .free {
            fixture.advance(.seconds(601))
            await first.pass()
        }
        let seals = bytes.keys.map { fixture.bytes(fixture.layout.seal($0)) }
        #expect(seals.contains { $0 != nil })
        // The process is gone with all it knew; another one begins with what the disk has.
        store.set(.up)
        fixture.registry.set(.up)
        let index = try fixture.recovered()
        await fixture.shipper(index, store).pass()
        try await expectAllShipped(bytes, "step \(step.rawValue)")
        #expect(index.closedUnshipped().isEmpty)
        for (key, seal) in zip(bytes.keys, seals) where step != .free && seal != nil {
            #expect(fixture.bytes(fixture.layout.seal(key)) == seal, "a seal changed")
        }
    }

    @Test func `while the store is not writable all waits, and is shipped later`() async throws {
        try fixture.record(camera, 1...4)
        let bytes = try spooled()
        // A file where the store's folder should be: every call fails as on a lost mount.
        try Data().write(to: URL(fileURLWithPath: fixture.storeRoot))
        let index = try fixture.recovered()
        let shipper = fixture.shipper(index)
        for _ in 0..<20 {
            await shipper.pass()
            fixture.advance(.seconds(1))
        }
        #expect(index.closedUnshipped().count == 4)
        #expect(fixture.registry.rows.withLock { $0.isEmpty })
        let failures = fixture.events.withLock { events in
            events.count { if case .failed = $0 { true } else { false } }
        }
        // One try at a time, ever later: not four tries a second.
        #expect((2...12).contains(failures), "\(failures)")
        try FileManager.default.removeItem(atPath: fixture.storeRoot)
        fixture.advance(.seconds(20))
        await shipper.pass()
        try await expectAllShipped(bytes)
    }

    @Test func `a full store and a lost answer are tried again until they are over`() async throws {
        try fixture.record(camera, 1...6)
        let bytes = try spooled()
        let store = FaultyStore(fixture.storeRoot)
        let index = try fixture.recovered()
        let shipper = fixture.shipper(index, store)
        for mode in [FaultyStore.Mode.full, .mute, .full, .up] {
            store.set(mode)
            await shipper.pass()
            fixture.advance(.seconds(21))
        }
        try await expectAllShipped(bytes)
    }

    @Test func `while the coordinator is away chunks are stored and offered later`() async throws {
        try fixture.record(camera, 1...6)
        let bytes = try spooled()
        fixture.registry.set(.down)
        let index = try fixture.recovered()
        let store = FaultyStore(fixture.storeRoot)
        let shipper = fixture.shipper(index, store)
        for _ in 0..<5 {
            await shipper.pass()
            fixture.advance(.seconds(21))
        }
        #expect(try await fixture.objects().count == 6)
        #expect(index.free(registeredBefore: MonotonicTime(nanoseconds: .max)).count == 0)
        fixture.registry.set(.up)
        await shipper.pass()
        try await expectAllShipped(bytes)
        // Stored once each: what waits for its row is not put again.
        #expect(store.puts.withLock { $0.count } == 6)
        #expect((fixture.registry.requests.withLock { $0.max() } ?? 0) > 1)
    }

    @Test func `a refused chunk is an alarm, stays, and is not offered again`() async throws {
        try fixture.record(camera, 1...2)
        fixture.registry.set(.refusing)
        let index = try fixture.recovered()
        let shipper = fixture.shipper(index)
        for _ in 0..<5 {
            await shipper.pass()
            fixture.advance(.seconds(700))
        }
        let refusals = fixture.events.withLock { events in
            events.filter { if case .refused(_, step: .offer, _) = $0 { true } else { false } }
        }
        #expect(refusals.count == 2)
        #expect(fixture.registry.requests.withLock { $0.reduce(0, +) } == 2)
        #expect(index.all().count == 2)
    }

    @Test func `an offer that spoils its request holds up no other and is an alarm`() async throws {
        var settings = ShipperSettings()
        settings.concurrency = 64
        try fixture.record(camera, 1...40)
        let bad = fixture.identity(camera, 17)
        fixture.registry.set(.down)
        let shipper = fixture.shipper(try fixture.recovered(), settings: settings)
        await shipper.pass()
        fixture.registry.requests.withLock { $0 = [] }
        fixture.registry.set(.rejecting([bad]))
        fixture.advance(.seconds(21))
        await shipper.pass()
        let rows = fixture.registry.rows.withLock { Set($0.keys) }
        #expect(rows == Set((1...40).filter { $0 != 17 }.map { fixture.identity(camera, $0) }))
        let alarms = fixture.events.withLock { events in
            events.compactMap { event -> ChunkIdentity? in
                if case .refused(let identity, step: .offer, _) = event { identity } else { nil }
            }
        }
        #expect(alarms == [bad])
        let requests = fixture.registry.requests.withLock { $0.count }
        // Halving finds it; one by one would be forty.
        #expect(requests < 30, "\(requests)")
        // It was the coordinator's fault, and that is mended.
        fixture.registry.set(.up)
        fixture.advance(.seconds(60))
        await shipper.pass()
        #expect(fixture.registry.rows.withLock { $0[bad] } == nil)
        fixture.advance(.seconds(600))
        await shipper.pass()
        #expect(fixture.registry.rows.withLock { $0[bad] } != nil)
    }

    @Test func `other bytes under a chunk's name are an alarm and are not overwritten`()
        async throws
    {
        try fixture.record(camera, 1...1)
        let index = try fixture.recovered()
        fixture.registry.set(.down)
        await fixture.shipper(index).pass()
        let key = try #require(try await fixture.objects().keys.first)
        let objectKey = try #require(ObjectKey(key))
        let store = DirectoryStore(root: fixture.storeRoot)
        try await store.delete(objectKey)
        let foreign = fixture.root + "/foreign"
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: foreign))
        _ = try await store.put(
            NewObject(
                key: objectKey,
                path: foreign,
                length: 3,
                sha256: try FileHash.sha256(of: foreign).hex,
                tags: ObjectTags(
                    tenant: fixture.tenant,
                    camera: camera,
                    retentionDays: 1,
                    retentionClass: .continuous
                ),
                metadata: [:]
            )
        )
        fixture.registry.set(.up)
        let again = try fixture.recovered()
        let shipper = fixture.shipper(again)
        await shipper.pass()
        await shipper.pass()
        #expect(try await fixture.objects()[key] == [1, 2, 3])
        #expect(again.closedUnshipped().count == 1)
        #expect(fixture.registry.rows.withLock { $0.isEmpty })
        let alarms = fixture.events.withLock { events in
            events.filter { if case .refused(_, step: .put, _) = $0 { true } else { false } }
        }
        #expect(alarms.count == 1)
    }

    @Test func `a chunk damaged before its seal is shipped up to the damage`() async throws {
        try fixture.record(camera, 1...5)
        let index = try fixture.recovered()
        let path = fixture.layout.data(fixture.identity(camera, 1))
        var bytes = try #require(fixture.bytes(path))
        bytes[bytes.count - 10] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        await fixture.shipper(index).pass()
        let rows = fixture.registry.rows.withLock { $0 }
        let first = try #require(rows[fixture.identity(camera, 1)])
        #expect(first.sealed.chunk.end == fixture.start.adding(milliseconds: 7_500))
        #expect(
            try await fixture.objects()[first.sealed.key] == Array(bytes[..<first.sealed.length])
        )
        // The copy that was begun before the damage was met is gone.
        #expect(try FileSystem.names(in: fixture.storeRoot + "/.incoming").isEmpty)
        #expect(rows.count == 5)
    }

    @Test func `a seal that fails for a moment is made later`() async throws {
        try fixture.record(camera, 1...2)
        let bytes = try spooled()
        let index = try fixture.recovered()
        let journal = fixture.layout.journal(fixture.identity(camera, 1))
        try FileSystem.rename(journal, to: journal + ".away")
        let shipper = fixture.shipper(index)
        await shipper.pass()
        #expect(fixture.registry.rows.withLock { $0.count } == 1)
        try FileSystem.rename(journal + ".away", to: journal)
        fixture.advance(.seconds(21))
        await shipper.pass()
        try await expectAllShipped(bytes)
        let alarms = fixture.events.withLock { events in
            events.filter { if case .refused = $0 { true } else { false } }
        }
        #expect(alarms.isEmpty)
    }

    @Test func `a chunk whose file is gone is an alarm and does not stop others`() async throws {
        try fixture.record(camera, 1...3)
        let index = try fixture.recovered()
        try FileSystem.remove(fixture.layout.data(fixture.identity(camera, 2)))
        let shipper = fixture.shipper(index)
        await shipper.pass()
        await shipper.pass()
        #expect(fixture.registry.rows.withLock { $0.count } == 2)
    }

    @Test func `it runs until it is cancelled, with a bounded number under way`() async throws {
        for _ in 0..<6 { try fixture.record(CameraID(), 1...4) }
        let bytes = try spooled()
        let index = try fixture.recovered()
        let store = FaultyStore(fixture.storeRoot, pause: .milliseconds(2))
        var settings = ShipperSettings()
        settings.interval = .milliseconds(5)
        settings.concurrency = 3
        let shipper = fixture.shipper(index, store, settings: settings)
        let running = Task { await shipper.run() }
        while !index.closedUnshipped().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        running.cancel()
        await running.value
        try await expectAllShipped(bytes)
        #expect(store.mostAtOnce == 3)
    }
}
