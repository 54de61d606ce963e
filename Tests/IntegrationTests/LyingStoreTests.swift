import Database
import Domain
import Foundation
import ObjectStore
import Synchronization
import TestSupport
import Testing

/// Cameras, worker, coordinator and database are real, the store lies: half of all puts fail in
/// every way that there is, and some connections move 10 kB a second. Nothing is lost, nothing is
/// there twice, and no row tells of bytes that the store has not.
@Suite(.serialized) struct LyingStoreTests {
    /// Seconds for which it lies.
    private static let seconds = 60
    private static let slowRate = 10_000

    private struct Row: Sendable {
        var key: String
        var length: Int
        var sha256: String
    }

    @Test func `what a lying store has in the end is what was recorded, once`() async throws {
        let seed =
            UInt64(ProcessInfo.processInfo.environment["SPARC_FAULT_SEED"] ?? "")
            ?? UInt64.random(in: 0 ... .max)
        let random = Mutex(SeededRandom(seed: seed))
        let isLying = Mutex(true)
        let lies = Mutex<[LyingServer.Fault]>([])
        let kinds: [LyingServer.Fault] = [
            .slowDown, .slowDown, .slowDown, .internalError, .reset, .storedButSilent, .truncated,
            .cutAnswer, .conditionalConflict, .denied,
        ]
        let server = try await LyingServer { connection in
            isLying.withLock { $0 } && connection % 5 == 0 ? Self.slowRate : nil
        } _: { request, _ in
            guard isLying.withLock({ $0 }) else { return .none }
            // Each costs a slot for as long as a stalled request is waited for.
            let fault: LyingServer.Fault =
                request % 60 == 59
                ? .silence
                : random.withLock { generator in
                    Bool.random(using: &generator)
                        ? .none : kinds[Int.random(in: 0..<kinds.count, using: &generator)]
                }
            if fault != .none { lies.withLock { $0.append(fault) } }
            return fault
        }
        let installation = try SparcInstallation(environment: [
            "SPARC_CHUNK_SECONDS": "4", "S3_BUCKET": "bucket", "S3_ENDPOINT": server.url,
            "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret",
        ])
        do {
            try await installation.start()
            let viewer = try await Viewer.logIn(installation)
            try await Recording.waitUntilAllLive(viewer, count: 3)
            let start = Recording.now()
            try await Task.sleep(for: .seconds(Self.seconds))
            isLying.withLock { $0 = false }
            let end = Recording.now()
            let rows = try await settled(installation, until: end)
            let state = server.state
            let puts = state.puts.values.reduce(0, +)
            print(
                "lying store, whole path, seed \(seed): \(puts) puts for \(state.objects.count) "
                    + "objects, at most \(state.puts.values.max() ?? 0) for one, "
                    + "\(lies.withLock { $0.count }) lies"
            )
            // After each the store is left alone for a while, so a minute has not many.
            #expect(Set(lies.withLock { $0 }).count >= 3, "it hardly lied")
            audit(rows, state)
            for camera in try await viewer.cameras() {
                try await Recording.auditArchive(
                    viewer,
                    camera,
                    from: start,
                    to: end,
                    minimum: (Self.seconds - 5) * 20
                )
            }
        } catch {
            Issue.record("seed \(seed): \(error)\n\(installation.log.suffix(6_000))")
        }
        await installation.cleanUp()
        try await server.stop()
    }

    private func audit(_ rows: [Row], _ state: LyingServer.State) {
        #expect(Set(rows.map(\.key)).count == rows.count)
        for row in rows {
            let object = state.objects["/bucket/" + row.key]
            #expect(object?.body.count == row.length, "\(row.key)")
            var hasher = FileHasher()
            hasher.update(object?.body ?? [])
            #expect(hasher.finish() == row.sha256, "\(row.key)")
        }
    }

    /// The rows, once every camera's reach a moment.
    private func settled(
        _ installation: SparcInstallation,
        until end: WallTime
    ) async throws -> [Row] {
        let limit = ContinuousClock.now + .seconds(150)
        while ContinuousClock.now < limit {
            let connection = try await installation.openDatabase()
            let rows = try await connection.run { session throws(DatabaseError) in
                try session.query(
                    """
                    SELECT object_key, length_bytes, encode(sha256, 'hex') FROM sparc.chunks
                    WHERE (SELECT count(*) FROM (SELECT FROM sparc.chunks GROUP BY camera_id
                        HAVING max(end_at) >= $1) x) = 3
                    """,
                    .time(end)
                ).decode { row throws(DatabaseError) in
                    Row(key: try row.next(), length: try row.next(), sha256: try row.next())
                }
            }
            await connection.close()
            if !rows.isEmpty { return rows }
            try await Task.sleep(for: .seconds(1))
        }
        throw Recording.Failure(description: "the backlog is not stored after the lies")
    }
}
