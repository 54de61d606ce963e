import Domain
import Foundation
import ObjectStore
import TestSupport
import Testing

/// A bucket's own rules, written, read back and at work on Ceph RGW, whose day is shortened.
@Suite(.serialized) struct LifecycleTests {
    private static let rules = [
        LifecycleRule(
            id: "sparc-expire-continuous",
            isEnabled: false,
            retentionClass: "continuous",
            action: .expire(days: 37)
        ),
        LifecycleRule(
            id: "sparc-expire-event",
            isEnabled: true,
            retentionClass: "event",
            action: .expire(days: 1)
        ),
        LifecycleRule(
            id: "sparc-sweep",
            isEnabled: true,
            retentionClass: nil,
            action: .sweep(uploadDays: 7, versionDays: 1)
        ),
    ]

    @Test func `rules are read as they were written, and those of others stay`() async throws {
        let bucket = try await ObjectStoreServer.shared().makeBucket()
        let store = StoreBench.store(bucket)
        let empty = try await store.lifecycle()
        #expect(empty.own.isEmpty && empty.others.isEmpty)
        let foreign = S3XML(
            "Rule",
            "",
            [
                S3XML("ID", "logs & more"), S3XML("Filter", "", [S3XML("Prefix", "logs/")]),
                S3XML("Status", "Enabled"), S3XML("Expiration", "", [S3XML("Days", "9")]),
            ]
        )
        try await store.replaceLifecycle(BucketLifecycle(own: Self.rules, others: [foreign]))
        let found = try await store.lifecycle()
        #expect(found.own == Self.rules)
        #expect(found.others.map { $0["ID"] } == ["logs & more"])
        #expect(found.others.first?.child("Expiration")?["Days"] == "9")
        var nowhere = bucket
        nowhere.bucket = "there-is-none"
        let missing = StoreBench.store(nowhere)
        await #expect(throws: ObjectStoreError.self) { try await missing.lifecycle() }
        await #expect(throws: ObjectStoreError.self) {
            try await missing.replaceLifecycle(BucketLifecycle(own: Self.rules))
        }
    }

    @Test func `a day later the bucket has deleted what its rules name, and nothing else`()
        async throws
    {
        let server = try ObjectStoreServer.shared()
        let bucket = try await server.makeBucket()
        try await server.endLifecycles(but: bucket.bucket)
        let bench = try StoreBench(bucket)
        defer { bench.cleanUp() }
        let store = StoreBench.store(bucket)
        try await store.replaceLifecycle(BucketLifecycle(own: Self.rules))
        var kept: [ObjectKey] = []
        for name in [RetentionClass.event, .continuous, .evidence] {
            var object = try bench.object("ab/\(name.rawValue).mp4", [1])
            object.tags?.retentionClass = name
            _ = try await store.put(object)
            if name != .event { kept.append(object.key) }
        }
        // Held back: what was an event is evidence before the day is over.
        let retagged = try bench.object("ab/retagged.mp4", [2])
        _ = try await store.put(retagged)
        var tags = try #require(retagged.tags)
        tags.retentionClass = .evidence
        try await store.replaceTags(retagged.key, with: tags)
        kept.append(retagged.key)
        let event = try #require(ObjectKey("ab/event.mp4"))
        let clock = ContinuousClock()
        let began = clock.now
        while try await store.head(event) != nil, clock.now - began < .seconds(60) {
            try await Task.sleep(for: .milliseconds(250))
        }
        #expect(try await store.head(event) == nil)
        print("lifecycle: a rule of one short day was done after \(clock.now - began)")
        // Another day passes over the rest.
        try await Task.sleep(for: .seconds(2 * ObjectStoreServer.daySeconds))
        let left = try await store.list(prefix: "", after: nil, limit: 10)
        #expect(Set(left) == Set(kept))
    }
}
