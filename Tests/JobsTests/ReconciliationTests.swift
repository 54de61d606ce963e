import Domain
import Foundation
import Jobs
import ObjectStore
import TestSupport
import Testing

/// The catalogue beside the bucket.
struct ReconciliationTests {
    @Test func `what belongs together is found so, and tombstones and other keys do no harm`()
        async throws
    {
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(48)
        let hidden = offers[5].sealed
        try await fixture.base.asSuperuser(
            "UPDATE chunks SET tombstoned_at = now() WHERE object_key = '\(hidden.key)'"
        )
        // Of another tombstone the object is gone already.
        try await fixture.base.asSuperuser(
            "UPDATE chunks SET tombstoned_at = now() WHERE object_key = '\(offers[6].sealed.key)'"
        )
        try await fixture.store.delete(try #require(ObjectKey(offers[6].sealed.key)))
        try Data("x".utf8).write(
            to: URL(fileURLWithPath: fixture.base.folder + "/store/backup.tar")
        )
        let report = try await fixture.reconcile(sample: 1_000)
        #expect(report.findings.count == 0, "\(report.findings.kept)")
        #expect(report.objects == offers.count - 1 && report.otherKeys == 1)
        #expect(report.objectsWithRow == offers.count - 1 && report.rows == offers.count - 2)
        #expect(report.sampled == offers.count - 2 && report.index == .known)
        await fixture.cleanUp()
    }

    @Test func `each kind of damage is found, and nothing is changed by that`() async throws {
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(48)
        let keys = offers.map(\.sealed.key)
        // 0 has no row, 1 no object, 2 is short, 3 has a wrong byte, 4 another name in its row.
        try await fixture.base.asSuperuser("DELETE FROM chunks WHERE object_key = '\(keys[0])'")
        try await fixture.store.delete(try #require(ObjectKey(keys[1])))
        let short = try FileHandle(forWritingTo: URL(fileURLWithPath: fixture.path(offers[2])))
        try short.truncate(atOffset: 1_000)
        try short.close()
        let wrong = try FileHandle(forWritingTo: URL(fileURLWithPath: fixture.path(offers[3])))
        try wrong.seek(toOffset: 700)
        try wrong.write(contentsOf: Data([1, 2, 3]))
        try wrong.close()
        try await fixture.base.asSuperuser(
            "UPDATE chunks SET object_key = object_key || '.old' WHERE object_key = '\(keys[4])'"
        )
        let rows = try await fixture.base.count("SELECT count(*) FROM chunks")
        let objects = try await fixture.store.list(prefix: "", after: nil, limit: 1_000)
        let report = try await fixture.reconcile(sample: 1_000)
        let found = Set(report.findings.kept.map { "\($0.kind.rawValue) \($0.key)" })
        #expect(
            found == [
                "object_without_row \(keys[0])", "row_without_object \(keys[1])",
                "wrong_length \(keys[2])", "wrong_hash \(keys[3])",
                "object_without_row \(keys[4])", "row_without_object \(keys[4]).old",
            ]
        )
        #expect(report.findings.count == 6)
        let renamed = report.findings.kept.first { $0.key == keys[4] }
        #expect(renamed?.detail == "the row of this chunk names \(keys[4]).old")
        #expect(try await fixture.base.count("SELECT count(*) FROM chunks") == rows)
        #expect(try await fixture.store.list(prefix: "", after: nil, limit: 1_000) == objects)
        #expect(
            try await fixture.base.count(
                "SELECT count(*) FROM chunks WHERE tombstoned_at IS NOT NULL"
            ) == 0
        )
        // By keys and rows alone the two bad contents are not seen.
        let quick = try await fixture.reconcile(sample: 1_000, isQuick: true)
        #expect(quick.findings.count == 4 && quick.sampled == 0)
        await fixture.cleanUp()
    }

    @Test func `what a running installation stores or deletes meanwhile is no finding`()
        async throws
    {
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(24)
        try await fixture.copyTables()
        let late = offers[0].sealed.key
        let gone = offers[1].sealed.key
        try await fixture.base.asSuperuser("DELETE FROM chunks WHERE object_key = '\(late)'")
        try await fixture.store.delete(try #require(ObjectKey(gone)))
        let report = try await fixture.reconcile {
            try await fixture.base.asSuperuser(
                """
                INSERT INTO chunks SELECT * FROM lost.chunks WHERE object_key = '\(late)';
                DELETE FROM chunks WHERE object_key = '\(gone)'
                """
            )
        }
        #expect(report.findings.count == 0, "\(report.findings.kept)")
        await fixture.cleanUp()
    }

    @Test func `an empty and a foreign index are named, and all is counted`() async throws {
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(24)
        let other = try await RebuildFixture.make()
        try await other.populate(12)
        let mixed = try await Reconciliation(
            catalog: other.catalog,
            store: fixture.store,
            sample: 0,
            seed: 1
        ).run()
        #expect(mixed.index == .foreign)
        #expect(mixed.findings.counts == [.withoutRow: offers.count, .withoutObject: 12])
        try await fixture.loseTables()
        let report = try await fixture.reconcile()
        #expect(report.index == .empty)
        #expect(report.findings.counts == [.withoutRow: offers.count])
        // A catalogue whose bucket has nothing of it.
        let empty = fixture.base.folder + "/empty"
        try FileManager.default.createDirectory(
            atPath: empty,
            withIntermediateDirectories: true
        )
        let bare = try await Reconciliation(
            catalog: other.catalog,
            store: DirectoryStore(root: empty),
            sample: 0,
            seed: 1
        ).run()
        #expect(bare.index == .foreign && bare.rows == 12)
        await fixture.cleanUp()
        await other.cleanUp()
    }

    @Test func `a seed chooses the same objects again, and another one others`() async throws {
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(60)
        for offer in offers {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: fixture.path(offer)))
            try file.write(contentsOf: Data([255, 254, 253]))
            try file.close()
        }
        func chosen(_ seed: UInt64) async throws -> Set<String> {
            let report = try await fixture.reconcile(sample: 10, seed: seed)
            #expect(report.sampled == 10)
            return Set(report.findings.kept.filter { $0.kind == .wrongHash }.map(\.key))
        }
        let first = try await chosen(3)
        #expect(first.count == 10)
        #expect(try await chosen(3) == first)
        #expect(try await chosen(4) != first)
        await fixture.cleanUp()
    }
}
