import Catalog
import Domain
import Foundation
import Jobs
import ObjectStore
import Synchronization
import TestSupport
import Testing

/// Runs that are cut off between any two acts, and stores that refuse or lose their answers.
struct RetentionCrashTests {
    private static let midnight = WallTime(seconds: 1_774_742_400)
    private static let day = RetentionFixture.day

    private struct Killed: Error {}

    /// One camera of each of two tenants; what is due, and what must stay.
    private struct Scene {
        var due: [SealedChunk] = []
        var kept: [SealedChunk] = []
    }

    @Test(arguments: [false, true])
    func `a run killed at a hundred random points is completed by the next`(
        inBucket: Bool
    ) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the retention kills\(inBucket ? " in Ceph RGW" : ""): \(seed)")
        var generator = SeededRandom(seed: seed)
        let bucket = inBucket ? try await RetentionFixture.bucket() : nil
        defer { bucket?.close() }
        let fixture = try await RetentionFixture.make(store: bucket)
        let tenants = [try await fixture.tenant(), try await fixture.tenant()]
        var scene = try await add(tenants, fixture)
        var kills: [Int: Int] = [:]
        var whole: [SealedChunk] = scene.kept
        // Four kills one after another, then a run that gets through.
        for round in 0..<25 {
            let holder = UUID()
            for _ in 0..<4 {
                let acts = Int.random(in: 1...7, using: &generator)
                let step = try await killedRun(after: acts, holder, fixture, &generator)
                if let step { kills[step.rawValue, default: 0] += 1 }
                try await checkOrder(scene, fixture)
            }
            let last = try await fixture.retention(holder: holder, batch: 3).run(
                at: Self.now,
                isForced: true
            )
            guard case .done(let report) = last else {
                Issue.record("round \(round): \(last)")
                return
            }
            #expect(report.isComplete && report.lateChunks == 0)
            for chunk in scene.due { #expect(try await fixture.isGone(chunk)) }
            for chunk in scene.kept { #expect(try await fixture.isWhole(chunk)) }
            scene = try await add(tenants, fixture)
            whole += scene.kept
        }
        try await fixture.run(at: Self.now)
        for chunk in whole { #expect(try await fixture.isWhole(chunk)) }
        #expect(try await fixture.count("SELECT count(*) FROM chunks") == whole.count)
        print("killed before step: \(kills.sorted { $0.key < $1.key })")
        #expect(Set(kills.keys).isSuperset(of: 2...4))
        await fixture.cleanUp()
    }

    @Test func `a store that refuses half is asked again, and nothing is lost or left`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 1)
        let chunks = try await fixture.record(
            camera,
            ending: (0..<40).map { Self.midnight.adding(milliseconds: $0 * 4_000) }
        )
        let store = FaultyStore(fixture.store) { key in
            let marked = try await fixture.tombstones(key)
            #expect(marked == 1)
        } fault: { call in
            [.none, .refused, .none, .lost][call % 4]
        }
        let retention = fixture.retention(batch: 7, store: store)
        let first = try await retention.run(at: Self.now, isForced: true)
        guard case .done(let report) = first else { throw Killed() }
        #expect(report.failures == 20 && report.deleted.chunks == 20)
        #expect(report.lateChunks == 20 && !report.isComplete)
        #expect(report.failure?.contains("unavailable") == true)
        // Nobody sees them, though their rows are there.
        for chunk in chunks {
            #expect(try await fixture.catalog.chunk(chunk.chunk.identity) == nil)
        }
        // It failed, so it is due again whatever the pause.
        for _ in 0..<10 { _ = try await retention.run(at: Self.now, pause: 3_000) }
        for chunk in chunks { #expect(try await fixture.isGone(chunk)) }
        await fixture.cleanUp()
    }

    @Test func `a store that is down is asked for one page, and the rows wait`() async throws {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 1)
        let chunks = try await fixture.record(
            camera,
            ending: (0..<9).map { Self.midnight.adding(milliseconds: $0 * 4_000) }
        )
        let calls = Mutex(0)
        let store = FaultyStore(fixture.store) { _ in
            calls.withLock { $0 += 1 }
            return .refused
        }
        let outcome = try await fixture.retention(batch: 3, store: store).run(
            at: Self.now,
            isForced: true
        )
        guard case .done(let report) = outcome else { throw Killed() }
        #expect(!report.isComplete && report.deleted.chunks == 0)
        #expect(calls.withLock { $0 } == 3)
        for chunk in chunks {
            let presence = try await fixture.presence(chunk)
            #expect(presence.hasObject && presence.hasTombstone)
        }
        try await fixture.run(at: Self.now)
        for chunk in chunks { #expect(try await fixture.isGone(chunk)) }
        await fixture.cleanUp()
    }

    private static let now = midnight.adding(milliseconds: 40 * day)

    private func add(_ tenants: [TenantID], _ fixture: RetentionFixture) async throws -> Scene {
        var scene = Scene()
        for (index, tenant) in tenants.enumerated() {
            let camera = try await fixture.camera(tenant, days: 3)
            let limit = Self.now.adding(milliseconds: -3 * Self.day)
            let dues: [Int64] = [-Self.day, -4_000, 0]
            let keeps: [Int64] = [1, 2 * Self.day]
            let chunks = try await fixture.record(
                camera,
                ending: (dues + keeps).map { limit.adding(milliseconds: $0) }
            )
            scene.due += chunks[..<3]
            scene.kept += chunks[3...]
            guard index == 0 else { continue }
            let held = try await fixture.record(
                camera,
                ending: [limit.adding(milliseconds: -9 * Self.day)],
                stream: .sub
            )
            _ = try await fixture.catalog.createHold(
                tenant,
                NewHold(
                    camera: camera.id,
                    from: held[0].chunk.start,
                    to: held[0].chunk.end,
                    reason: "case",
                    createdBy: UserID()
                )
            )
            scene.kept += held
        }
        return scene
    }

    /// A run that ends at an act, with a store that loses answers; the step that never came.
    private func killedRun(
        after acts: Int,
        _ holder: UUID,
        _ fixture: RetentionFixture,
        _ generator: inout SeededRandom
    ) async throws -> Retention.Step? {
        let left = Mutex(acts)
        let killed = Mutex<Retention.Step?>(nil)
        let luck = generator.next()
        let store = FaultyStore(fixture.store) { call in
            switch (luck >> UInt64(call % 60)) & 7 {
            case 0: .lost
            case 1: .refused
            default: .none
            }
        }
        let retention = fixture.retention(holder: holder, batch: 2, store: store) { step in
            let isEnd = left.withLock { left in
                left -= 1
                return left < 0
            }
            if isEnd {
                killed.withLock { $0 = step }
                throw Killed()
            }
        }
        do { _ = try await retention.run(at: Self.now, isForced: true) } catch is Killed {}
        return killed.withLock { $0 }
    }

    private func checkOrder(_ scene: Scene, _ fixture: RetentionFixture) async throws {
        for chunk in scene.due {
            let presence = try await fixture.presence(chunk)
            #expect(presence.isInOrder, "\(presence)")
        }
        for chunk in scene.kept { #expect(try await fixture.isWhole(chunk)) }
    }
}
