import Domain
import Foundation
import Jobs
import ObjectStore
import TestSupport
import Testing

/// The same in a real bucket: Ceph RGW.
struct BucketRebuildTests {
    @Test func `a bucket's index comes back row by row, and is compared with it`() async throws {
        let store = try await RetentionFixture.bucket()
        let fixture = try await RebuildFixture.make(store: store)
        let offers = try await fixture.populate(60)
        try await fixture.copyTables()
        try await fixture.loseTables()
        let plan = try await fixture.rebuild(page: 25).plan()
        #expect(plan.chunks == offers.count && plan.withRow == 0)
        let report = try await fixture.rebuilt(page: 25)
        #expect(report.isComplete && report.restored == offers.count)
        let differences = try await fixture.differences()
        #expect(differences.rows == 0 && differences.lost == offers.count)
        #expect(
            try await fixture.base.count(
                "SELECT count(*) FROM chunks WHERE registered_at < now() - interval '1 hour'"
            ) == 0
        )
        let clean = try await fixture.reconcile(sample: 20)
        #expect(clean.findings.count == 0, "\(clean.findings.kept)")
        #expect(clean.objects == offers.count && clean.sampled == 20)
        let (first, second) = (offers[0].sealed.key, offers[1].sealed.key)
        try await store.delete(try #require(ObjectKey(first)))
        try await fixture.base.asSuperuser("DELETE FROM chunks WHERE object_key = '\(second)'")
        let damaged = try await fixture.reconcile()
        #expect(damaged.findings.counts == [.withoutObject: 1, .withoutRow: 1])
        #expect(Set(damaged.findings.kept.map(\.key)) == [first, second])
        store.close()
        await fixture.cleanUp()
    }
}
