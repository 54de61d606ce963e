import Catalog
import Database
import Domain
import Foundation
import Jobs
import Synchronization
import Testing

/// Footage that goes because there is more than a quota: the oldest first, and never what a minimum
/// or a hold keeps. A chunk of the fixture has 2,000 bytes.
struct RetentionQuotaTests {
    private static let midnight = WallTime(seconds: 1_774_742_400)
    private static let hour = RetentionFixture.hour
    private static let day = RetentionFixture.day
    private static let now = midnight.adding(milliseconds: 10 * day)

    private struct Killed: Error {}

    private static func hours(_ numbers: Int64...) -> [WallTime] {
        numbers.map { midnight.adding(milliseconds: $0 * hour + 60_000) }
    }

    private func setQuota(
        _ bytes: Int,
        _ tenant: TenantID,
        _ fixture: RetentionFixture
    ) async throws {
        try await fixture.asSuperuser(
            "UPDATE tenants SET quota_bytes = \(bytes) WHERE id = '\(tenant)'"
        )
    }

    /// The sums that triggers keep are those of the rows.
    private func checkSums(_ fixture: RetentionFixture) async throws {
        let wrong = try await fixture.count(
            """
            SELECT count(*) FROM (SELECT tenant_id, camera_id,
                    (start_at AT TIME ZONE 'UTC')::date AS day, count(*) AS chunks,
                    sum(length_bytes) AS bytes
                FROM chunks WHERE tombstoned_at IS NULL GROUP BY 1, 2, 3) k
                FULL JOIN (SELECT * FROM footage_days WHERE chunks <> 0 OR bytes <> 0) f
                    USING (tenant_id, camera_id, day)
            WHERE (k.chunks, k.bytes) IS DISTINCT FROM (f.chunks, f.bytes)
            """
        )
        #expect(wrong == 0)
    }

    @Test func `the oldest of all cameras of the organisation goes until the rest fits`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let (mine, other) = (try await fixture.tenant(), try await fixture.tenant())
        let first = try await fixture.camera(mine, days: 30)
        let second = try await fixture.camera(mine, days: nil)
        let foreign = try await fixture.camera(other, days: 30)
        let old = try await fixture.record(first, ending: Self.hours(3, 5, 7, 30, 31))
        let new = try await fixture.record(second, ending: Self.hours(4, 6, 29, 33), stream: .sub)
        let others = try await fixture.record(foreign, ending: Self.hours(1, 2))
        try await checkSums(fixture)
        let use = try await fixture.catalog.storeUse(mine)
        #expect(use?.storedBytes == 18_000 && use?.quotaBytes == nil)
        #expect(try await fixture.run(at: Self.now).deleted.chunks == 0)
        // Nine chunks, of which four stay: hours 3 to 7 of both cameras go.
        try await setQuota(9_999, mine, fixture)
        let report = try await fixture.run(at: Self.now)
        #expect(report.overQuota == RetentionCount(chunks: 5, bytes: 10_000))
        #expect(report.deleted.chunks == 5 && report.quotaExcess == 0 && report.isComplete)
        for chunk in old[..<3] + new[..<2] { #expect(try await fixture.isGone(chunk)) }
        for chunk in old[3...] + new[2...] + others { #expect(try await fixture.isWhole(chunk)) }
        try await checkSums(fixture)
        #expect(try await fixture.catalog.storeUse(mine)?.storedBytes == 8_000)
        #expect(try await fixture.run(at: Self.now).overQuota.chunks == 0)
        await fixture.cleanUp()
    }

    @Test func `a minimum and a hold keep footage above the quota, and it is told`() async throws {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        try await fixture.asSuperuser("UPDATE tenants SET retention_minimum_days = 9")
        let camera = try await fixture.camera(tenant, days: 30)
        // A moment more than nine days old, exactly nine, and younger.
        let edge = Self.now.adding(milliseconds: -9 * Self.day)
        let chunks = try await fixture.record(
            camera,
            ending: Self.hours(1, 2, 3) + [edge, edge.adding(milliseconds: 1)] + Self.hours(60)
        )
        _ = try await fixture.catalog.createHold(
            tenant,
            NewHold(
                camera: nil,
                from: chunks[1].chunk.start,
                to: chunks[1].chunk.end,
                reason: "case",
                createdBy: UserID()
            )
        )
        try await setQuota(1_000, tenant, fixture)
        let report = try await fixture.run(at: Self.now)
        #expect(report.overQuota.chunks == 3 && report.quotaExcess == 5_000)
        #expect(report.isComplete && report.lateChunks == 0)
        for index in [0, 2, 3] { #expect(try await fixture.isGone(chunks[index])) }
        for index in [1, 4, 5] { #expect(try await fixture.isWhole(chunks[index])) }
        // Next day one more is old enough; the held one still is not.
        let next = try await fixture.run(at: Self.now.adding(milliseconds: Self.day))
        #expect(next.overQuota.chunks == 1 && next.quotaExcess == 3_000)
        #expect(try await fixture.isWhole(chunks[1]))
        try await checkSums(fixture)
        await fixture.cleanUp()
    }

    @Test func `the store's quota takes everybody's oldest, after the organisations' own`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let tenants = [try await fixture.tenant(), try await fixture.tenant()]
        var chunks: [[SealedChunk]] = []
        for (index, tenant) in tenants.enumerated() {
            let camera = try await fixture.camera(tenant, days: 30)
            let ends = index == 0 ? Self.hours(1, 5, 9, 50) : Self.hours(3, 7, 26, 51)
            chunks.append(try await fixture.record(camera, ending: ends))
        }
        try await setQuota(7_000, tenants[0], fixture)
        // Its own quota takes hour 1 of the first; of the 14,000 left, the store's hours 3 and 5.
        let retention = Retention(
            catalog: fixture.catalog,
            store: fixture.store,
            storeQuota: 10_000
        )
        guard case .done(let report) = try await retention.run(at: Self.now, isForced: true)
        else { throw Killed() }
        #expect(report.overQuota.chunks == 3 && report.quotaExcess == 0)
        for chunk in [chunks[0][0], chunks[0][1], chunks[1][0]] {
            #expect(try await fixture.isGone(chunk))
        }
        for chunk in chunks[0][2...] + chunks[1][1...] {
            #expect(try await fixture.isWhole(chunk))
        }
        await fixture.cleanUp()
    }

    @Test func `a run that was killed while a quota was applied is completed by the next`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 30)
        let chunks = try await fixture.record(camera, ending: Self.hours(1, 2, 3, 4, 5, 6, 30))
        try await setQuota(3_000, tenant, fixture)
        for kill in 1...8 {
            let acts = Mutex(0)
            let retention = fixture.retention(batch: 1) { _ in
                let isEnd = acts.withLock { acts in
                    acts += 1
                    return acts > kill
                }
                if isEnd { throw Killed() }
            }
            do { _ = try await retention.run(at: Self.now, isForced: true) } catch is Killed {}
            // Its right to run ends by itself after two minutes.
            try await fixture.asSuperuser("UPDATE retention_state SET held_until = now()")
            #expect(try await fixture.isWhole(chunks[6]))
            try await checkSums(fixture)
        }
        let report = try await fixture.run(at: Self.now)
        #expect(report.quotaExcess == 0 && report.isComplete)
        for chunk in chunks[..<6] { #expect(try await fixture.isGone(chunk)) }
        #expect(try await fixture.isWhole(chunks[6]))
        await fixture.cleanUp()
    }

    @Test func `strays of wrong clocks go by their registration, and sums survive moved rows`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 30)
        let now = WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
        let ahead = now.adding(milliseconds: 20 * Self.day)
        let strays = try await fixture.record(camera, ending: [WallTime(seconds: 90_000), ahead])
        try await setQuota(1, tenant, fixture)
        let early = try await fixture.run(at: now.adding(milliseconds: Self.day - 60_000))
        #expect(early.overQuota.chunks == 0 && early.quotaExcess == 3_999)
        for stray in strays { #expect(try await fixture.isWhole(stray)) }
        // Its day gets a partition of its own.
        try await fixture.asSuperuser(
            """
            SET LOCAL ROLE sparc_owner;
            SELECT make_chunk_partition(
                (timestamptz '\(ahead)' AT TIME ZONE 'UTC' - interval '4 s')::date)
            """
        )
        try await checkSums(fixture)
        let late = try await fixture.run(at: now.adding(milliseconds: Self.day + 60_000))
        #expect(late.overQuota.chunks == 2 && late.quotaExcess == 0)
        for stray in strays { #expect(try await fixture.isGone(stray)) }
        await fixture.cleanUp()
    }

    @Test func `a camera that the database is too slow for does not keep the others' footage`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let (slow, quick) = (try await fixture.tenant(), try await fixture.tenant())
        let stuck = try await fixture.record(
            try await fixture.camera(slow, days: 1),
            ending: Self.hours(1)
        )
        let free = try await fixture.record(
            try await fixture.camera(quick, days: 1),
            ending: Self.hours(1, 30)
        )
        var settings = fixture.owner.connecting(as: "sparc_platform", password: "platform")
        settings.statementTimeout = 300
        let catalog = Catalog(
            app: ConnectionPool(
                fixture.owner.connecting(as: "sparc_app", password: "app"),
                size: 1
            ),
            platform: ConnectionPool(settings, size: 2)
        )
        let retention = Retention(catalog: catalog, store: fixture.store)
        let rival = try await Connection.open(fixture.owner)
        // As somebody who changes a rule and does not come to an end.
        try await rival.run { session throws(DatabaseError) in
            try session.run(
                """
                BEGIN;
                SELECT pg_advisory_xact_lock(hashtextextended('retention/\(slow)', 0))
                """
            )
        }
        let outcome = try await retention.run(at: Self.now, isForced: true)
        guard case .done(let report) = outcome else { throw Killed() }
        #expect(report.skippedCameras == 1 && !report.isComplete)
        for chunk in free { #expect(try await fixture.isGone(chunk)) }
        #expect(try await fixture.isWhole(stuck[0]))
        try await rival.run { session throws(DatabaseError) in try session.run("ROLLBACK") }
        await rival.close()
        // It failed, so it is due again whatever the pause.
        guard
            case .done(let next) = try await retention.run(
                at: Self.now,
                pause: 3_000,
                isForced: true
            )
        else { throw Killed() }
        #expect(next.isComplete)
        #expect(try await fixture.isGone(stuck[0]))
        await catalog.shutdown()
        await fixture.cleanUp()
    }

    @Test func `a quota that is taken away stops a run that works by it`() async throws {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 30)
        let chunks = try await fixture.record(camera, ending: Self.hours(1, 2, 3, 4, 5))
        try await setQuota(1_000, tenant, fixture)
        let acts = Mutex(0)
        let retention = fixture.retention { step in
            guard step == .tombstone else { return }
            let act = acts.withLock { acts in
                acts += 1
                return acts
            }
            guard act == 3 else { return }
            let isSet = try await fixture.catalog.setQuota(tenant, bytes: nil)
            #expect(isSet)
        }
        guard case .done(let report) = try await retention.run(at: Self.now, isForced: true)
        else { throw Killed() }
        #expect(report.overQuota.chunks == 2 && report.quotaExcess == 0)
        for chunk in chunks[..<2] { #expect(try await fixture.isGone(chunk)) }
        for chunk in chunks[2...] { #expect(try await fixture.isWhole(chunk)) }
        await fixture.cleanUp()
    }

    @Test func `nothing goes for a quota while restored footage waits for its release`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let tenants = [try await fixture.tenant(), try await fixture.tenant()]
        var chunks: [[SealedChunk]] = []
        for tenant in tenants {
            let camera = try await fixture.camera(tenant, days: 30)
            chunks.append(try await fixture.record(camera, ending: Self.hours(1, 2)))
            try await setQuota(2_000, tenant, fixture)
        }
        try await fixture.asSuperuser(
            """
            INSERT INTO restored_footage (tenant_id, camera_id, is_camera_restored, from_at, to_at,
                chunks)
            SELECT '\(tenants[0])', gen_random_uuid(), false, '2020-01-01T00:00:00Z',
                '2020-01-02T00:00:00Z', 1
            """
        )
        let retention = Retention(catalog: fixture.catalog, store: fixture.store, storeQuota: 1_000)
        guard case .done(let report) = try await retention.run(at: Self.now, isForced: true)
        else { throw Killed() }
        // The other organisation's own quota counts all the same.
        #expect(report.overQuota.chunks == 1 && report.quotaExcess == 2_000 + 5_000)
        for chunk in chunks[0] { #expect(try await fixture.isWhole(chunk)) }
        #expect(try await fixture.isGone(chunks[1][0]))
        try await fixture.asSuperuser("UPDATE restored_footage SET released_at = now()")
        guard case .done(let next) = try await retention.run(at: Self.now, isForced: true)
        else { throw Killed() }
        #expect(next.overQuota.chunks == 3 && next.quotaExcess == 0)
        await fixture.cleanUp()
    }

    @Test func `the sums are right while footage comes and goes at once`() async throws {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        var cameras: [Camera] = []
        for _ in 0..<4 { cameras.append(try await fixture.camera(tenant, days: 2)) }
        let all = cameras
        try await withThrowingTaskGroup(of: Void.self) { group in
            for camera in all {
                for stream in [StreamRole.main, .sub] {
                    group.addTask {
                        for round in 0..<6 {
                            let hours = (0..<12).map {
                                Self.midnight.adding(
                                    milliseconds: Int64(round * 12 + $0) * Self.hour + 5_000
                                )
                            }
                            _ = try await fixture.record(camera, ending: hours, stream: stream)
                        }
                    }
                }
            }
            group.addTask {
                for hour in 0..<40 {
                    let at = Self.midnight.adding(
                        milliseconds: 2 * Self.day + Int64(hour) * 2 * Self.hour
                    )
                    _ = try await fixture.retention(batch: 7).run(at: at, isForced: true)
                }
            }
            try await group.waitForAll()
        }
        try await checkSums(fixture)
        try await fixture.run(at: Self.midnight.adding(milliseconds: 90 * Self.day))
        try await checkSums(fixture)
        #expect(try await fixture.count("SELECT count(*) FROM footage_days") == 0)
        await fixture.cleanUp()
    }

    @Test func `objects that the store never deletes hold up nobody`() async throws {
        let fixture = try await RetentionFixture.make()
        let tenants = [try await fixture.tenant(), try await fixture.tenant()].sorted()
        var chunks: [[SealedChunk]] = []
        for tenant in tenants {
            let camera = try await fixture.camera(tenant, days: 1)
            chunks.append(try await fixture.record(camera, ending: Self.hours(1, 2, 3)))
        }
        // Its quota has another pass made, which meets the same objects again.
        let limited = try await fixture.tenant()
        let camera = try await fixture.camera(limited, days: 30)
        let footage = try await fixture.record(camera, ending: Self.hours(5, 6))
        try await setQuota(2_000, limited, fixture)
        // A key that this program never writes, as of an older one.
        try await fixture.asSuperuser(
            "UPDATE chunks SET object_key = 'A B' || sequence WHERE tenant_id = '\(tenants[0])'"
        )
        let outcome = try await fixture.retention(batch: 3).run(at: Self.now, isForced: true)
        guard case .done(let report) = outcome else { throw Killed() }
        #expect(report.failures == 3 && report.deleted.chunks == 4 && !report.isComplete)
        #expect(try await fixture.isGone(footage[0]))
        for chunk in chunks[1] { #expect(try await fixture.isGone(chunk)) }
        await fixture.cleanUp()
    }

    @Test func `what a quota would take is told by day`() {
        let days = [(day: 10, bytes: 5), (day: 11, bytes: 7), (day: 13, bytes: 1)]
        func forecast(_ quota: Int?) -> (Int, Int64?) {
            let found = QuotaForecast(days, quota: quota)
            return (found.deletedBytes, found.until?.day.daysSinceEpoch)
        }
        #expect(forecast(nil) == (0, nil) && forecast(13) == (0, nil))
        #expect(forecast(12) == (1, 11) && forecast(8) == (5, 11) && forecast(7) == (6, 12))
        #expect(forecast(0) == (13, 14))
    }

    @Test func `who is above which quota`() {
        func use(_ stored: Int, _ quota: Int?) -> StoreUse {
            StoreUse(tenant: TenantID(), name: "x", quotaBytes: quota, storedBytes: stored)
        }
        let uses = [use(10, nil), use(10, 10), use(11, 10), use(0, 5)]
        #expect(QuotaExcess.ofTenants(uses).map(\.bytes) == [1])
        #expect(QuotaExcess.ofTenants(uses).map(\.tenant) == [uses[2].tenant])
        #expect(QuotaExcess.ofStore(uses, quota: nil) == nil)
        #expect(QuotaExcess.ofStore(uses, quota: 31) == nil)
        #expect(QuotaExcess.ofStore(uses, quota: 30)?.bytes == 1)
        #expect(QuotaExcess.ofStore([], quota: 1) == nil)
    }
}
