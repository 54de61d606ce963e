import Catalog
import Database
import Domain
import Foundation
import Jobs
import ObjectStore
import Testing

/// Retention on a real database and a real store: what goes, when, and what never goes.
struct RetentionTests {
    private static let midnight = WallTime(seconds: 1_774_742_400)
    private static let hour = RetentionFixture.hour
    private static let day = RetentionFixture.day

    /// The day begins at 2026-03-29T00:00Z, which has 23 hours in Berlin.
    @Test(arguments: ["UTC", "Europe/Berlin", "Pacific/Auckland"])
    func `a chunk goes to the second, around midnight, in any time zone`(
        zone: String
    )
        async throws
    {
        let fixture = try await RetentionFixture.make(timeZone: zone)
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 2)
        let offsets: [Int64] = [-1_000, -1, 0, 1, 1_000, 2_000, 4_000, 12 * Self.hour]
        let chunks = try await fixture.record(
            camera,
            ending: offsets.map { Self.midnight.adding(milliseconds: $0) }
        )
        for (now, gone) in [
            (-1_001, 0), (-1_000, 1), (-1, 2), (0, 3), (1_500, 5), (3_999, 6), (4_000, 7),
            (12 * Self.hour - 1, 7), (12 * Self.hour, 8),
        ] {
            let at = Self.midnight.adding(milliseconds: 2 * Self.day + now)
            let report = try await fixture.run(at: at)
            #expect(report.isComplete && report.lateChunks == 0)
            for (index, chunk) in chunks.enumerated() {
                let isRight =
                    index < gone
                    ? try await fixture.isGone(chunk) : try await fixture.isWhole(chunk)
                #expect(isRight, "chunk \(index) at \(now) ms in \(zone)")
            }
        }
        await fixture.cleanUp()
    }

    @Test func `the rule is the camera's, else the site's, else the tenant's, above its minimum`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        let site = SiteID()
        try await fixture.asSuperuser(
            "INSERT INTO sites (tenant_id, id, name) VALUES ('\(tenant)', '\(site)', 'Yard')"
        )
        let own = try await fixture.camera(tenant, days: 2, site: site)
        let ofSite = try await fixture.camera(tenant, days: nil, site: site)
        let ofTenant = try await fixture.camera(tenant, days: nil)
        let catalog = fixture.catalog
        #expect(ofTenant.retentionDays == 30 && ofSite.retentionDays == 30)
        func set(_ scope: RetentionChange.Scope, _ days: Int?) async throws {
            let change = RetentionChange(tenant: tenant, scope: scope, days: days)
            #expect(try await catalog.setRetention(change))
        }
        func days() async throws -> [Int?] {
            var all: [Int?] = []
            for camera in [own, ofSite, ofTenant] {
                all.append(try await catalog.camera(tenant, camera.id)?.retentionDays)
            }
            return all
        }
        try await set(.site(site), 7)
        try await set(.tenant, 14)
        #expect(try await days() == [2, 7, 14])
        try await set(.camera(own.id), nil)
        #expect(try await days() == [7, 7, 14])
        try await set(.site(site), nil)
        #expect(try await days() == [14, 14, 14])
        try await set(.camera(own.id), 3)
        try await fixture.asSuperuser("UPDATE tenants SET retention_minimum_days = 5")
        #expect(try await days() == [5, 14, 14])
        let other = try await fixture.tenant()
        #expect(
            try await !catalog.setRetention(
                RetentionChange(tenant: other, scope: .camera(own.id), days: 1)
            )
        )
        for wrong in [0, 3_651] {
            await #expect(throws: CatalogError.self) {
                try await catalog.setRetention(
                    RetentionChange(tenant: tenant, scope: .tenant, days: wrong)
                )
            }
        }
        // What a worker tags and what a row says follow the rule too.
        let chunk = try #require(
            try await fixture.record(ofTenant, ending: [Self.midnight]).first
        )
        #expect(try await catalog.chunk(chunk.chunk.identity)?.retentionDays == 14)
        await fixture.cleanUp()
    }

    @Test func `a plan shows what a shorter rule would delete, of one tenant, and deletes nothing`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let (first, second) = (try await fixture.tenant(), try await fixture.tenant())
        let mine = try await fixture.camera(first, days: nil)
        let other = try await fixture.camera(second, days: nil)
        let ends = (1...6).map { Self.midnight.adding(milliseconds: -$0 * Self.day) }
        let footage = try await fixture.record(mine, ending: ends)
        let others = try await fixture.record(other, ending: ends)
        let now = Self.midnight.adding(milliseconds: Self.hour)
        #expect(try await fixture.catalog.retentionPlan(at: now) == [])
        let change = RetentionChange(tenant: first, scope: .tenant, days: 3)
        let plan = try await fixture.catalog.retentionPlan(at: now, change: change)
        #expect(plan.map(\.camera) == [mine.id])
        #expect(plan.map(\.days) == [3])
        #expect(plan.map(\.chunks) == [4])
        #expect(plan.map(\.bytes) == [8_000])
        #expect(plan.first?.oldest == ends[5].adding(milliseconds: -4_000))
        #expect(plan.first?.newest == ends[2])
        for scope in [RetentionChange.Scope.camera(mine.id), .camera(other.id), .site(SiteID())] {
            let plan = try await fixture.catalog.retentionPlan(
                at: now,
                change: RetentionChange(tenant: first, scope: scope, days: 1)
            )
            #expect(plan.map(\.chunks) == (scope == .camera(mine.id) ? [6] : []))
        }
        try await fixture.run(at: now)
        for chunk in footage + others { #expect(try await fixture.isWhole(chunk)) }
        // Made, it holds for what exists; made longer again, for what is still there.
        #expect(try await fixture.catalog.setRetention(change))
        let report = try await fixture.run(at: now)
        #expect(report.deleted == RetentionCount(chunks: 4, bytes: 8_000))
        #expect(
            try await fixture.catalog.setRetention(
                RetentionChange(tenant: first, scope: .tenant, days: 30)
            )
        )
        try await fixture.run(at: now.adding(milliseconds: 20 * Self.day))
        for (index, chunk) in footage.enumerated() {
            let isRight =
                index < 2 ? try await fixture.isWhole(chunk) : try await fixture.isGone(chunk)
            #expect(isRight)
        }
        for chunk in others { #expect(try await fixture.isWhole(chunk)) }
        await fixture.cleanUp()
    }

    @Test func `a stamp that cannot be true counts from the registration`() async throws {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 2)
        let now = WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
        let years = 3_650 * Self.day
        let strays = try await fixture.record(
            camera,
            ending: [
                WallTime(seconds: 86_400), now.adding(milliseconds: years),
                now.adding(milliseconds: 20 * Self.day),
            ]
        )
        try await fixture.run(at: now.adding(milliseconds: 2 * Self.day - 60_000))
        for stray in strays { #expect(try await fixture.isWhole(stray)) }
        try await fixture.run(at: now.adding(milliseconds: 2 * Self.day + 60_000))
        for stray in strays { #expect(try await fixture.isGone(stray)) }
        await fixture.cleanUp()
    }

    @Test func `late footage of a removed camera goes, then its gaps, then the camera`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 2)
        let kept = try await fixture.camera(tenant, days: 2)
        let catalog = fixture.catalog
        let epoch = try await catalog.grant(fixture.worker, tenant, camera.id, .main)
        #expect(try await catalog.removeCamera(tenant, camera.id))
        try await catalog.release(tenant, camera.id, .main)
        try await fixture.asSuperuser(
            "UPDATE cameras SET removed_at = '\(Self.midnight)' WHERE id = '\(camera.id)'"
        )
        // The worker comes back after the retention's end.
        let late = fixture.chunk(
            camera,
            .main,
            epoch,
            1,
            Self.midnight.adding(milliseconds: -Self.hour)
        )
        try await fixture.register([late])
        try await fixture.asSuperuser(
            """
            INSERT INTO gaps (tenant_id, camera_id, stream, start_at, end_at, reason, is_closed)
            SELECT tenant_id, id, 'main', timestamptz '\(Self.midnight)' - interval '1 hour',
                '\(Self.midnight)', 'worker_down', false FROM cameras
            """
        )
        let first = try await fixture.run(at: Self.midnight.adding(milliseconds: 3 * Self.day))
        #expect(first.deleted.chunks == 1)
        #expect(first.gaps == 2)
        #expect(try await fixture.isGone(late))
        #expect(try await catalog.camera(tenant, camera.id) != nil)
        let almost = Self.midnight.adding(milliseconds: 32 * Self.day - 1)
        #expect(try await fixture.run(at: almost).cameras == 0)
        #expect(try await fixture.run(at: almost.adding(milliseconds: 1)).cameras == 1)
        #expect(try await catalog.camera(tenant, camera.id) == nil)
        #expect(try await catalog.camera(tenant, kept.id) != nil)
        #expect(try await fixture.count("SELECT count(*) FROM camera_streams") == 2)
        await fixture.cleanUp()
    }

    @Test func `empty days are dropped, and no day with a row of anybody`() async throws {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        let short = try await fixture.camera(tenant, days: 1)
        let long = try await fixture.camera(tenant, days: 30)
        for day in ["2026-03-20", "2026-03-21", "2026-03-22"] {
            try await fixture.asSuperuser(
                "SET LOCAL ROLE sparc_owner; SELECT make_chunk_partition('\(day)')"
            )
        }
        let noon = { (day: Int64) in Self.midnight.adding(milliseconds: (day - 29) * Self.day) }
        _ = try await fixture.record(
            short,
            ending: [20, 21, 22].map { noon($0) }.map {
                $0.adding(milliseconds: 12 * Self.hour)
            }
        )
        let keeps = try await fixture.record(
            long,
            ending: [noon(21).adding(milliseconds: 12 * Self.hour)]
        )
        let report = try await fixture.run(at: Self.midnight)
        #expect(report.deleted.chunks == 3)
        #expect(report.days == ["chunks_20260320", "chunks_20260322"])
        #expect(try await fixture.isWhole(keeps[0]))
        // Footage of a dropped day still finds a place.
        let late = try await fixture.record(short, ending: [noon(20), noon(22)])
        #expect(try await fixture.isWhole(late[0]))
        let end = try await fixture.run(at: Self.midnight.adding(milliseconds: 30 * Self.day))
        #expect(end.deleted.chunks == 3)
        #expect(end.days == ["chunks_20260321"])
        #expect(try await fixture.count("SELECT count(*) FROM chunks") == 0)
        // Today's, yesterday's and those ahead stay.
        #expect(
            try await fixture.count(
                "SELECT count(*) FROM pg_inherits WHERE inhparent = 'chunks'::regclass"
            ) == 17
        )
        await fixture.cleanUp()
    }

    @Test func `the database refuses to delete a row without tombstone`() async throws {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 1)
        let chunk = try await fixture.record(camera, ending: [Self.midnight])[0]
        let pool = ConnectionPool(
            fixture.owner.connecting(as: "sparc_platform", password: "platform"),
            size: 1
        )
        let deleted = try await pool.transaction { session throws(DatabaseError) in
            try session.query("DELETE FROM chunks").affected
        }
        pool.close()
        #expect(deleted == 0)
        #expect(try await fixture.isWhole(chunk))
        await fixture.cleanUp()
    }

    @Test func `what no row names is never deleted`() async throws {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 1)
        let chunks = try await fixture.record(
            camera,
            ending: [Self.midnight, Self.midnight.adding(milliseconds: 4_000)]
        )
        // The index is lost, or is another installation's.
        try await fixture.asSuperuser("DELETE FROM chunks WHERE sequence = 1")
        let report = try await fixture.run(at: Self.midnight.adding(milliseconds: 9 * Self.day))
        #expect(report.deleted.chunks == 1)
        #expect(try await fixture.presence(chunks[0]).hasObject)
        #expect(try await fixture.isGone(chunks[1]))
        await fixture.cleanUp()
    }
}
