import Catalog
import Domain
import Foundation
import Jobs
import ObjectStore
import Synchronization
import Testing

/// A bucket's own rules never come near what retention or a hold keeps.
@Suite(.serialized) struct BucketRulesTests {
    /// A bucket in memory.
    private final class Bucket: LifecycleStoring {
        private let rules = Mutex(BucketLifecycle())
        private let count = Mutex(0)
        let keys = Mutex<[ObjectKey]>([])
        let lists = Mutex(0)
        /// Called in the middle of a look through the keys.
        let between = Mutex<(@Sendable () async throws -> Void)?>(nil)

        func firstKey(prefix: String, after: ObjectKey?) async throws -> ObjectKey? {
            lists.withLock { $0 += 1 }
            let act = between.withLock { act in
                defer { act = nil }
                return act
            }
            try await act?()
            return keys.withLock { keys in
                keys.filter { key in
                    key.description.hasPrefix(prefix)
                        && after.map { $0.description < key.description } ?? true
                }.min { $0.description < $1.description }
            }
        }

        var writes: Int { count.withLock { $0 } }

        func lifecycle() async throws -> BucketLifecycle { rules.withLock { $0 } }

        func replaceLifecycle(_ lifecycle: BucketLifecycle) async throws {
            rules.withLock { $0 = lifecycle }
            count.withLock { $0 += 1 }
        }
    }

    private func expiry(_ bucket: Bucket) async throws -> [Int: Bool] {
        var days: [Int: Bool] = [:]
        for rule in try await bucket.lifecycle().own {
            if case .expire(let age) = rule.action { days[age] = rule.isEnabled }
        }
        return days
    }

    @Test func `objects expire a week after the longest rule, and never while there is a hold`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let bucket = Bucket()
        let rules = BucketRules(catalog: fixture.catalog, store: bucket)
        // Nobody asked for it yet.
        #expect(try await rules.keep().isEmpty)
        #expect(bucket.writes == 0)
        #expect(try await rules.apply(expires: true).count == 3)
        #expect(try await expiry(bucket) == [3_650 + 7: true])
        let (first, second) = (try await fixture.tenant(), try await fixture.tenant())
        let camera = try await fixture.camera(first, days: 90)
        _ = try await fixture.camera(second, days: 2)
        #expect(try await rules.keep().count == 2)
        #expect(try await expiry(bucket) == [97: true])
        #expect(try await rules.keep().isEmpty)
        #expect(bucket.writes == 2)
        // A longer rule of one camera, and a tenant's minimum.
        let longer = RetentionChange(tenant: first, scope: .camera(camera.id), days: 365)
        #expect(try await fixture.catalog.setRetention(longer))
        try await rules.keep()
        #expect(try await expiry(bucket) == [372: true])
        try await fixture.asSuperuser(
            "UPDATE tenants SET retention_minimum_days = 400 WHERE id = '\(second)'"
        )
        try await rules.keep()
        #expect(try await expiry(bucket) == [407: true])
        let user = UserID()
        let hold = try await fixture.catalog.createHold(
            first,
            NewHold(
                camera: camera.id,
                from: WallTime(seconds: 1_700_000_000),
                to: WallTime(seconds: 1_700_003_600),
                reason: "case 7",
                createdBy: user
            )
        )
        try await rules.keep()
        #expect(try await expiry(bucket) == [407: false])
        #expect(try await fixture.catalog.releaseHold(first, hold.id, by: user))
        try await rules.keep()
        #expect(try await expiry(bucket) == [407: true])
        await fixture.cleanUp()
    }

    @Test func `footage that the catalogue does not know is in no danger of its rules`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let bucket = Bucket()
        let rules = BucketRules(catalog: fixture.catalog, store: bucket)
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 90)
        try await rules.apply(expires: true)
        #expect(try await expiry(bucket) == [97: true])
        func key(_ tenant: TenantID, _ camera: CameraID) throws -> ObjectKey {
            let text = "\(camera)".suffix(2) + "/\(tenant)/\(camera)/main/2026/01/02/1-1-"
            return try #require(ObjectKey(text + "0123456789abcdef.mp4"))
        }
        let own = try key(tenant, camera.id)
        // Of an organisation that is known too, behind the keys of cameras that are.
        let foreign = try key(tenant, CameraID())
        // Another catalogue, with a shorter rule.
        let change = RetentionChange(tenant: tenant, scope: .camera(camera.id), days: 2)
        #expect(try await fixture.catalog.setRetention(change))
        bucket.keys.withLock { $0 = [own, foreign] }
        let error = await #expect(throws: IndexIsMissing.self) { try await rules.keep() }
        #expect(error?.tenant == tenant && error?.camera != camera.id)
        await #expect(throws: IndexIsMissing.self) { try await rules.apply(expires: true) }
        #expect(try await expiry(bucket) == [97: true])
        // What keeps footage longer is put all the same: a hold, and a longer rule.
        let user = UserID()
        let hold = try await fixture.catalog.createHold(
            tenant,
            NewHold(
                camera: camera.id,
                from: WallTime(seconds: 1_700_000_000),
                to: WallTime(seconds: 1_700_003_600),
                reason: "case 8",
                createdBy: user
            )
        )
        await #expect(throws: IndexIsMissing.self) { try await rules.keep() }
        #expect(try await expiry(bucket) == [97: false])
        #expect(try await fixture.catalog.releaseHold(tenant, hold.id, by: user))
        let longer = RetentionChange(tenant: tenant, scope: .camera(camera.id), days: 200)
        #expect(try await fixture.catalog.setRetention(longer))
        await #expect(throws: IndexIsMissing.self) { try await rules.keep() }
        #expect(try await expiry(bucket) == [207: false])
        #expect(try await fixture.catalog.setRetention(change))
        bucket.keys.withLock { $0 = [own] }
        #expect(try await rules.keep().count == 2)
        #expect(try await expiry(bucket) == [9: true])
        bucket.keys.withLock { $0 = [own, foreign] }
        // Switching off is always possible, and is not undone by it.
        #expect(try await rules.pause().count == 2)
        #expect(try await rules.pause().isEmpty)
        #expect(try await expiry(bucket) == [9: false])
        await #expect(throws: IndexIsMissing.self) { try await rules.keep() }
        #expect(try await expiry(bucket) == [9: false])
        // Nor while an index is being made anew.
        bucket.keys.withLock { $0 = [own] }
        try await fixture.catalog.markRebuild()
        #expect(try await rules.keep().isEmpty)
        #expect(try await expiry(bucket) == [9: false])
        let during = try await fixture.retention().run(at: WallTime(seconds: 1_700_000_000))
        guard case .busy = during else {
            Issue.record("retention ran: \(during)")
            return
        }
        try await fixture.catalog.endRebuild()
        #expect(try await rules.keep().count == 2)
        #expect(try await expiry(bucket) == [9: true])
        await fixture.cleanUp()
    }

    @Test func `folders of others are passed over, and what changes meanwhile counts`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let bucket = Bucket()
        let rules = BucketRules(catalog: fixture.catalog, store: bucket)
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 90)
        var keys = (0..<500).compactMap { ObjectKey("00/thumbs/\($0).jpg") }
        keys += (0..<9).compactMap { ObjectKey("00/plain-\($0)") }
        bucket.keys.withLock { $0 = keys }
        // A hold that is made while the bucket is looked through.
        bucket.between.withLock { act in
            act = {
                _ = try await fixture.catalog.createHold(
                    tenant,
                    NewHold(
                        camera: camera.id,
                        from: WallTime(seconds: 1_700_000_000),
                        to: WallTime(seconds: 1_700_003_600),
                        reason: "case 9",
                        createdBy: UserID()
                    )
                )
            }
        }
        #expect(try await !rules.apply(expires: true).isEmpty)
        #expect(try await expiry(bucket) == [97: false])
        // One for each other folder and each shard, not one for each object in a folder.
        #expect(bucket.lists.withLock { $0 } == 256 + 1 + 9)
        await fixture.cleanUp()
    }

    @Test func `an organisation's folder is looked through, and a crowded bucket is left alone`()
        async throws
    {
        let fixture = try await RetentionFixture.make()
        let bucket = Bucket()
        let rules = BucketRules(catalog: fixture.catalog, store: bucket)
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: 90)
        let shard = "\(camera.id)".suffix(2)
        let unknown = CameraID()
        let other = "\(unknown)".suffix(2)
        bucket.keys.withLock { keys in
            keys = [
                "\(other)/\(tenant)/0keep",
                "\(other)/\(tenant)/\(unknown)/main/2026/01/02/1-1-0123456789abcdef.mp4",
            ].compactMap { ObjectKey($0) }
        }
        await #expect(throws: IndexIsMissing.self) { try await rules.apply(expires: true) }
        bucket.keys.withLock { keys in
            keys = (0..<1_001).compactMap { ObjectKey("\(shard)/plain-\($0)") }
        }
        await #expect(throws: BucketIsCrowded.self) { try await rules.apply(expires: true) }
        #expect(try await expiry(bucket).isEmpty)
        await fixture.cleanUp()
    }

    @Test func `what differs is named, other people's rules stay`() async throws {
        let fixture = try await RetentionFixture.make()
        let bucket = Bucket()
        let rules = BucketRules(catalog: fixture.catalog, store: bucket)
        let foreign = S3XML("Rule", "", [S3XML("ID", "logs"), S3XML("Status", "Enabled")])
        try await bucket.replaceLifecycle(
            BucketLifecycle(
                own: [
                    LifecycleRule(
                        id: "sparc-old",
                        isEnabled: true,
                        retentionClass: nil,
                        action: .other
                    ),
                    LifecycleRule(
                        id: "sparc-expire-event",
                        isEnabled: true,
                        retentionClass: "event",
                        action: .expire(days: 1)
                    ),
                ],
                others: [foreign]
            )
        )
        let differences = try await rules.check(expires: true)
        #expect(differences.count == 4)
        #expect(differences.contains { $0.contains("sparc-old should not be there") })
        #expect(differences.contains { $0.contains("sparc-sweep is missing") })
        #expect(differences.contains { $0.contains("after 1 days, should be") })
        #expect(try await rules.apply(expires: false).count == 3)
        #expect(try await rules.check(expires: false).isEmpty)
        let after = try await bucket.lifecycle()
        #expect(after.own.map(\.id) == ["sparc-sweep"])
        #expect(after.others.map { $0["ID"] } == ["logs"])
        // Without expiry the job leaves the bucket alone.
        #expect(try await rules.keep().isEmpty)
        await fixture.cleanUp()
    }
}
