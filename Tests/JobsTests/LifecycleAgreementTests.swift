import Domain
import Foundation
import Jobs
import ObjectStore
import TestSupport
import Testing

/// Our job and the rules of a real bucket at work on the same objects, with days of two seconds:
/// neither deletes what is still to be kept, and nothing stays longer than to the next run.
@Suite(.serialized) struct LifecycleAgreementTests {
    private static let retentionDays = 3
    /// Days for which cameras record and the job runs.
    private static let days = 8
    /// Days for which the job stands still and the bucket is alone.
    private static let pause = 14
    /// Runs of the job in a day; in life they are 24.
    private static let runsPerDay = 4

    /// Short days since the begin.
    private struct Calendar {
        let begin = ContinuousClock.now
        /// The catalogue's time at the begin: far enough back for all that is to come.
        let start = WallTime(
            microseconds: Int64(Date().timeIntervalSince1970) / 86_400 * 86_400_000_000
        ).adding(milliseconds: -60 * RetentionFixture.day)

        var now: WallTime {
            let elapsed = (ContinuousClock.now - begin) / .milliseconds(1)
            let days = elapsed / Double(1_000 * ObjectStoreServer.daySeconds)
            return start.adding(milliseconds: Int64(days * Double(RetentionFixture.day)))
        }

        func wait(untilDay day: Double) async throws {
            let seconds = day * Double(ObjectStoreServer.daySeconds)
            try await Task.sleep(until: begin + .seconds(seconds), clock: .continuous)
        }
    }

    @Test func `nothing goes early and nothing stays beyond a run, alone and together`()
        async throws
    {
        let server = try ObjectStoreServer.shared()
        let configuration = try await server.makeBucket()
        try await server.endLifecycles(but: configuration.bucket)
        let store = S3Store(configuration) {
            WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
        } random: {
            Double.random(in: 0..<1)
        }
        defer { store.close() }
        let fixture = try await RetentionFixture.make(store: store)
        let tenant = try await fixture.tenant()
        let camera = try await fixture.camera(tenant, days: Self.retentionDays)
        let rules = BucketRules(catalog: fixture.catalog, store: store)
        try await rules.apply(expires: true)
        let calendar = Calendar()
        var chunks: [SealedChunk] = []
        // Together: a chunk and a run several times a day.
        for turn in 1...(Self.days * Self.runsPerDay) {
            try await calendar.wait(untilDay: Double(turn) / Double(Self.runsPerDay))
            chunks += try await fixture.record(camera, ending: [calendar.now])
            try await fixture.run(at: calendar.now)
            try await check(chunks, fixture, calendar, isAfterRun: true)
        }
        // The bucket alone: its own week behind the rule passes.
        for turn in 1...Self.pause {
            try await calendar.wait(untilDay: Double(Self.days + turn))
            try await check(chunks, fixture, calendar, isAfterRun: false)
        }
        let left = try await store.list(prefix: "", after: nil, limit: 1_000).count
        print("lifecycle and job: \(chunks.count) chunks, \(left) left by the bucket alone")
        // Objects that the bucket deleted are no obstacle.
        try await fixture.run(at: calendar.now)
        for chunk in chunks { #expect(try await fixture.isGone(chunk)) }
        #expect(try await store.list(prefix: "", after: nil, limit: 1).isEmpty)
        await fixture.cleanUp()
    }

    private func check(
        _ chunks: [SealedChunk],
        _ fixture: RetentionFixture,
        _ calendar: Calendar,
        isAfterRun: Bool
    ) async throws {
        for chunk in chunks {
            let end = chunk.chunk.end.adding(
                milliseconds: Int64(Self.retentionDays) * RetentionFixture.day
            )
            let presence = try await fixture.presence(chunk)
            // Looked at after the objects: what has gone by now may only have been due by now.
            let now = calendar.now
            if !presence.hasObject { #expect(end <= now, "early: \(end), now \(now)") }
            guard isAfterRun else { continue }
            // A run before this moment, of a quarter of a day and the time that it takes.
            let isLate = end.adding(milliseconds: RetentionFixture.day) <= now && presence.hasObject
            #expect(!isLate, "late: \(end), now \(now)")
        }
    }
}
