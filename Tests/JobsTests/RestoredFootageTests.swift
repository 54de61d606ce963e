import Catalog
import Domain
import Foundation
import Jobs
import ObjectStore
import TestSupport
import Testing

/// Restored footage is not deleted before a person has released it.
struct RestoredFootageTests {
    private static let year: Int64 = 365 * RetentionFixture.day

    /// A moment by which all footage of the fixture is past its retention.
    private static func later() -> WallTime {
        WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6)).adding(
            milliseconds: year
        )
    }

    @Test func `retention keeps it until the release, whatever its age, then deletes it`()
        async throws
    {
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(48)
        try await fixture.loseTables()
        try await fixture.rebuilt()
        #expect(try await fixture.catalog.retentionBounds().hasHolds)
        let kept = try await fixture.base.run(at: Self.later())
        #expect(kept.tombstoned == 0 && kept.heldChunks == offers.count && kept.gaps == 0)
        #expect(kept.cameras == 0 && kept.lateChunks == 0)
        let protected = try await fixture.catalog.protectedFootage()
        #expect(protected.count == 6)
        #expect(protected.reduce(0) { $0 + $1.chunks } == offers.count)
        // One camera of one organisation, then the rest of it, then the others.
        let first = try #require(protected.first)
        #expect(first.cameraName == "Restored camera \(first.camera)")
        let catalog = fixture.catalog
        #expect(try await catalog.releaseRestored(TenantID()) == 0)
        #expect(try await catalog.releaseRestored(first.tenant, camera: CameraID()) == 0)
        #expect(try await catalog.releaseRestored(first.tenant, camera: first.camera) == 1)
        #expect(try await catalog.releaseRestored(first.tenant, camera: first.camera) == 0)
        let one = try await fixture.base.run(at: Self.later())
        #expect(one.tombstoned == first.chunks && one.deleted.chunks == first.chunks)
        #expect(one.heldChunks == offers.count - first.chunks && one.cameras == 1)
        #expect(try await catalog.releaseRestored(first.tenant) == 1)
        #expect(try await catalog.protectedFootage(first.tenant).isEmpty)
        for tenant in Set(protected.map(\.tenant)) where tenant != first.tenant {
            #expect(try await catalog.releaseRestored(tenant) == 2)
        }
        #expect(try await !catalog.retentionBounds().hasHolds)
        let rest = try await fixture.base.run(at: Self.later())
        #expect(rest.deleted.chunks == offers.count - first.chunks && rest.heldChunks == 0)
        #expect(try await fixture.store.list(prefix: "", after: nil, limit: 10).isEmpty)
        // The restored cameras go in the end, and what is kept about them.
        #expect(rest.cameras == 5)
        #expect(try await fixture.base.count("SELECT count(*) FROM restored_footage") == 0)
        await fixture.cleanUp()
    }

    @Test func `footage that is too young stays after the release`() async throws {
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(24)
        try await fixture.loseTables()
        try await fixture.rebuilt()
        for tenant in Set(offers.map(\.sealed.chunk.identity.tenant)) {
            #expect(try await fixture.catalog.releaseRestored(tenant) == 2)
        }
        let now = WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
        #expect(try await fixture.base.run(at: now).tombstoned == 0)
        // The shortest rule is three days: of the first camera of the third organisation.
        let report = try await fixture.base.run(
            at: now.adding(milliseconds: 4 * RetentionFixture.day)
        )
        #expect(report.tombstoned == 4)
        await fixture.cleanUp()
    }

    @Test func `a second restoration protects what it brings back, and only that`() async throws {
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(24)
        let lost = offers[1].sealed
        let identity = lost.chunk.identity
        try await fixture.base.asSuperuser(
            "DELETE FROM chunks WHERE object_key = '\(lost.key)'"
        )
        #expect(try await fixture.rebuilt().restored == 1)
        let protected = try await fixture.catalog.protectedFootage()
        #expect(protected.map(\.camera) == [identity.camera] && protected[0].chunks == 1)
        #expect(protected[0].to == lost.chunk.end)
        let report = try await fixture.base.run(at: Self.later())
        #expect(report.heldChunks >= 1 && report.heldChunks < offers.count)
        #expect(try await fixture.catalog.chunk(identity) != nil)
        // Nothing new: a run changes no protection, and none comes back after a release.
        #expect(try await fixture.catalog.releaseRestored(identity.tenant) == 1)
        #expect(try await fixture.rebuilt().restored == 0)
        #expect(try await fixture.catalog.protectedFootage().isEmpty)
        await fixture.cleanUp()
    }

    @Test func `no tenant sees another's protection, and none lifts its own`() async throws {
        let fixture = try await RebuildFixture.make()
        try await fixture.populate(12)
        try await fixture.loseTables()
        try await fixture.rebuilt()
        #expect(
            try await fixture.base.count(
                """
                SELECT count(*) FROM information_schema.role_table_grants
                WHERE table_name = 'restored_footage' AND grantee = 'sparc_app'
                    AND privilege_type <> 'SELECT'
                """
            ) == 0
        )
        // A camera of the platform is one that is not recorded, or none at all.
        func insert(_ column: String, _ value: String) async throws {
            try await fixture.base.asSuperuser(
                """
                SET LOCAL ROLE sparc_platform;
                INSERT INTO sparc.cameras (tenant_id, id, name, transport\(column))
                    SELECT id, gen_random_uuid(), 'x', 'tcp'\(value) FROM sparc.tenants LIMIT 1
                """
            )
        }
        try await insert(", removed_at", ", now()")
        await #expect(throws: (any Error).self) { try await insert("", "") }
        await fixture.cleanUp()
    }
}
