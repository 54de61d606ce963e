import Catalog
import Database
import Domain
import Foundation
import Jobs
import Testing

/// Holds, and who may run when.
struct RetentionHoldTests {
    private static let midnight = WallTime(seconds: 1_774_742_400)
    private static let day = RetentionFixture.day

    @Test func `an organisation has a limited number of holds`() async throws {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        try await fixture.asSuperuser(
            """
            INSERT INTO holds (tenant_id, from_at, to_at, reason, created_by)
            SELECT '\(tenant)', now(), now() + interval '1 hour', 'many', '\(UserID())'
            FROM generate_series(1, \(Hold.limit - 1))
            """
        )
        let new = NewHold(
            camera: nil,
            from: Self.midnight,
            to: Self.midnight.adding(milliseconds: 1),
            reason: "one more",
            createdBy: UserID()
        )
        let last = try await fixture.catalog.createHold(tenant, new)
        let error = await #expect(throws: CatalogError.self) {
            try await fixture.catalog.createHold(tenant, new)
        }
        #expect(error?.code == .conflict)
        #expect(try await fixture.catalog.holds(tenant).count == Hold.limit)
        #expect(try await fixture.catalog.releaseHold(tenant, last.id, by: UserID()))
        _ = try await fixture.catalog.createHold(tenant, new)
        await fixture.cleanUp()
    }

    @Test func `a run ends where a rebuild of the index begins`() async throws {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 1)
        let chunks = try await fixture.record(camera, ending: [Self.midnight])
        let catalog = fixture.catalog
        // The right of a run that did not come to its end lasts two minutes for others.
        let holder = UUID()
        let run = fixture.retention(holder: holder) { step in
            if step == .tombstone { try await catalog.markRebuild() }
        }
        let now = Self.midnight.adding(milliseconds: 5 * Self.day)
        await #expect(throws: CatalogError.self) { try await run.run(at: now, isForced: true) }
        for chunk in chunks { #expect(try await fixture.isWhole(chunk)) }
        try await catalog.endRebuild()
        _ = try await fixture.retention(holder: holder).run(at: now, isForced: true)
        for chunk in chunks { #expect(try await fixture.isGone(chunk)) }
        await fixture.cleanUp()
    }

    @Test func `a hold keeps whole chunks of its range, of its cameras, until it is released`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let (tenant, other) = (try await fixture.tenant(), try await fixture.tenant())
        let cameras = [
            try await fixture.camera(tenant, days: 1), try await fixture.camera(tenant, days: 1),
            try await fixture.camera(other, days: 1),
        ]
        let ends = (0..<6).map { Self.midnight.adding(milliseconds: $0 * 4_000) }
        var footage: [[SealedChunk]] = []
        for camera in cameras { footage.append(try await fixture.record(camera, ending: ends)) }
        let catalog = fixture.catalog
        let user = UserID()
        // Chunks 2 and 3 have a picture in it, 1 ends where it begins.
        let first = try await catalog.createHold(
            tenant,
            NewHold(
                camera: cameras[0].id,
                from: ends[1],
                to: ends[2].adding(milliseconds: 1),
                reason: "case 7",
                createdBy: user
            )
        )
        let all = try await catalog.createHold(
            tenant,
            NewHold(
                camera: nil,
                from: ends[4].adding(milliseconds: 1),
                to: ends[5],
                reason: "case 8",
                createdBy: user
            )
        )
        #expect(Set(try await catalog.holds(tenant).map(\.id)) == [first.id, all.id])
        #expect(try await catalog.holds(other) == [])
        let late = Self.midnight.adding(milliseconds: 90 * Self.day)
        let report = try await fixture.run(at: late)
        #expect(report.heldChunks == 4)
        #expect(report.deleted.chunks == 14)
        #expect(report.lateChunks == 0)
        func kept() async throws -> [[Int]] {
            var all: [[Int]] = []
            for chunks in footage {
                var kept: [Int] = []
                for (index, chunk) in chunks.enumerated() {
                    if try await fixture.isWhole(chunk) {
                        kept.append(index)
                    } else {
                        #expect(try await fixture.isGone(chunk))
                    }
                }
                all.append(kept)
            }
            return all
        }
        #expect(try await kept() == [[2, 3, 5], [5], []])
        #expect(try await !catalog.releaseHold(other, first.id, by: user))
        #expect(try await catalog.releaseHold(tenant, first.id, by: user))
        #expect(try await !catalog.releaseHold(tenant, first.id, by: user))
        try await fixture.run(at: late)
        #expect(try await kept() == [[5], [5], []])
        #expect(try await catalog.holds(tenant).map(\.id) == [all.id])
        await fixture.cleanUp()
    }

    @Test func `a hold of another tenant's camera is refused, and wrong values are`() async throws {
        let fixture = try await RetentionFixture.make()
        let (tenant, other) = (try await fixture.tenant(), try await fixture.tenant())
        let camera = try await fixture.camera(other, days: 1)
        let good = NewHold(
            camera: nil,
            from: Self.midnight,
            to: Self.midnight.adding(milliseconds: 1),
            reason: "case",
            createdBy: UserID()
        )
        let changes: [(inout NewHold) -> Void] = [
            { $0.camera = camera.id }, { $0.to = $0.from }, { $0.reason = "" },
            { $0.reason = String(repeating: "a", count: 501) },
        ]
        for change in changes {
            var wrong = good
            change(&wrong)
            let asked = wrong
            await #expect(throws: CatalogError.self) {
                try await fixture.catalog.createHold(tenant, asked)
            }
        }
        #expect(try await fixture.catalog.holds(tenant) == [])
        await fixture.cleanUp()
    }

    /// Holds are made while a run tombstones the same footage: each chunk either was hidden before
    /// its hold was there, or is whole for as long as the hold is.
    @Test func `a hold that was made first wins every race`() async throws {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        let now = Self.midnight.adding(milliseconds: 60 * Self.day)
        var (kept, lost) = (0, 0)
        for round in 0..<20 {
            let camera = try await fixture.camera(tenant, days: 1)
            // A day each, so that each is a transaction of its own.
            let ends = (0..<4).map { Self.midnight.adding(milliseconds: $0 * Self.day) }
            let chunks = try await fixture.record(camera, ending: ends)
            async let report = fixture.run(at: now)
            try await Task.sleep(for: .milliseconds(round % 10))
            _ = try await fixture.catalog.createHold(
                tenant,
                NewHold(
                    camera: camera.id,
                    from: ends[0].adding(milliseconds: -1),
                    to: ends[3],
                    reason: "race",
                    createdBy: UserID()
                )
            )
            var visible: [SealedChunk] = []
            for chunk in chunks
            where try await fixture.catalog.chunk(chunk.chunk.identity) != nil {
                visible.append(chunk)
            }
            _ = try await report
            try await fixture.run(at: now)
            for chunk in chunks {
                if visible.contains(chunk) {
                    kept += 1
                    #expect(try await fixture.isWhole(chunk))
                } else {
                    lost += 1
                    #expect(try await fixture.isGone(chunk))
                }
            }
        }
        print("holds against tombstones: \(kept) chunks kept, \(lost) hidden before")
        #expect(kept > 0)
        await fixture.cleanUp()
    }

    @Test func `one runs at a time, and who is gone is followed by the next`() async throws {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 1)
        let chunk = try await fixture.record(camera, ending: [Self.midnight])[0]
        let now = Self.midnight.adding(milliseconds: 9 * Self.day)
        let other = fixture.retention()
        let first = fixture.retention { step in
            guard step == .tombstone else { return }
            let outcome = try await other.run(at: now)
            guard case .busy = outcome else {
                throw CatalogError(.internal, "two at a time: \(outcome)")
            }
            // As if this one had stood still for longer than it may.
            try await fixture.asSuperuser("UPDATE retention_state SET held_until = now()")
            #expect(try await other.run(at: now).isDone)
        }
        await #expect(throws: CatalogError.self) { try await first.run(at: now) }
        #expect(try await fixture.isGone(chunk))
        #expect(try await first.run(at: now, pause: 3_000) == .notDue)
        #expect(try await fixture.retention().run(at: now).isDone)
        await fixture.cleanUp()
    }

    @Test func `a clock that jumped deletes nothing for twelve hours, unless it is forced`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 1)
        let hour = RetentionFixture.hour
        #expect(try await fixture.retention().run(at: Self.midnight).isDone)
        let footage = try await fixture.record(
            camera,
            ending: [Self.midnight, Self.midnight.adding(milliseconds: 3_650 * Self.day)]
        )
        // Ten years ahead, hour by hour.
        let ahead = Self.midnight.adding(milliseconds: 3_650 * Self.day)
        for hours in 0..<12 {
            let outcome = try await fixture.retention().run(
                at: ahead.adding(milliseconds: Int64(hours) * hour)
            )
            #expect(outcome == .distrusted(until: ahead.adding(milliseconds: 12 * hour)))
        }
        #expect(try await fixture.isWhole(footage[0]))
        // Set right again it is believed at once.
        let right = Self.midnight.adding(milliseconds: 12 * hour)
        #expect(try await fixture.retention().run(at: right).isDone)
        #expect(try await fixture.isWhole(footage[0]))
        // A pause of two days: an operator who knows it says so.
        let later = right.adding(milliseconds: 2 * Self.day)
        let waiting = try await fixture.retention().run(at: later)
        #expect(waiting == .distrusted(until: later.adding(milliseconds: 12 * hour)))
        #expect(try await fixture.retention().run(at: later, isForced: true).isDone)
        #expect(try await fixture.isGone(footage[0]))
        for hours in stride(from: Int64(6), through: 12, by: 6) {
            let outcome = try await fixture.retention().run(
                at: later.adding(milliseconds: hours * hour)
            )
            #expect(outcome.isDone == (hours == 12))
        }
        await fixture.cleanUp()
    }
}

extension RetentionOutcome {
    var isDone: Bool {
        if case .done = self { true } else { false }
    }
}
