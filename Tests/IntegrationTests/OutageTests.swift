import Database
import Domain
import Foundation
import TestSupport
import Testing
import Transfer

/// Store, coordinator or database is away for `SPARC_LONG_OUTAGE_SECONDS` (60; `make faults`: 600): no
/// picture is lost, live goes on, and what waited is stored several times faster than it came.
@Suite(.serialized) struct OutageTests {
    enum Part: String, CaseIterable {
        /// No write succeeds.
        case store
        /// It hangs: connections stand and nobody answers.
        case coordinator
        /// The same of every process of it.
        case database
    }

    /// Seconds of a chunk here: several fall into the shortest outage.
    private static let chunk = 8
    /// How far the end of what can be played live may lie behind now, seconds.
    private static let liveLimit = 10.0
    private static let seconds =
        Int(ProcessInfo.processInfo.environment["SPARC_LONG_OUTAGE_SECONDS"] ?? "") ?? 60

    @Test(arguments: Part.allCases)
    func `an outage costs no picture, live goes on, and the backlog drains fast`(
        part: Part
    ) async throws {
        let installation = try SparcInstallation(
            environment: ["SPARC_CHUNK_SECONDS": String(Self.chunk)]
        )
        do {
            try await installation.start()
            try await outlast(part, installation)
        } catch {
            Issue.record("\(part): \(error)\n\(installation.log.suffix(6_000))")
        }
        await installation.cleanUp()
    }

    private func outlast(_ part: Part, _ installation: SparcInstallation) async throws {
        let viewer = try await Viewer.logIn(installation)
        try await Recording.waitUntilAllLive(viewer, count: 3)
        let cameras = try await viewer.cameras()
        let edge = try await edge(installation)
        // Something is stored. Who has a URL plays by it, also for the first time.
        try await Task.sleep(for: .seconds(2 * Self.chunk + 4))
        // Behind a coordinator that hangs nobody plays; what it would pass on is the worker's.
        let watch = try await LiveWatch(
            viewer,
            cameras,
            edge: part == .coordinator ? edge : nil
        )
        let start = Recording.now()
        let outage = try PartOutage(part.rawValue, installation)
        let watching = Task { await watch.run() }
        try await Task.sleep(for: .seconds(Self.seconds))
        outage.end()
        let end = Recording.now()
        let drain = try await drain(installation, cameras, from: start, to: end)
        watching.cancel()
        await watching.value
        let behind = watch.mostBehind
        print(
            "outage of the \(part.rawValue), \(Self.seconds) s: live at most \(behind) s behind, "
                + "first chunk stored \(drain.wait) s after it, drained in \(drain.seconds) s, "
                + "\(drain.ratio) times as fast as recorded"
        )
        #expect(behind <= Self.liveLimit)
        #expect(drain.ratio >= 4)
        for camera in cameras {
            try await Recording.auditArchive(
                viewer,
                camera,
                from: start,
                to: end,
                minimum: (Self.seconds - Self.chunk) * 20
            )
            let timeline = try await viewer.timeline(camera.id, from: start, to: end)
            #expect(timeline.gaps.isEmpty, "\(camera.name): \(timeline.gaps)")
        }
        let states = try await viewer.cameras().map(\.state)
        #expect(states == ["live", "live", "live"])
    }

    /// How the backlog went.
    private struct Drain {
        /// From the end of the outage to the first row.
        var wait: Double
        /// From the first to the last row.
        var seconds: Double
        /// Seconds of footage in a second, beside the one that is recorded in it.
        var ratio: Double
    }

    /// Waits until everything of the outage has a row, and reads from the rows how fast that went.
    private func drain(
        _ installation: SparcInstallation,
        _ cameras: [Viewer.Camera],
        from start: WallTime,
        to end: WallTime
    ) async throws -> Drain {
        let limit = ContinuousClock.now + .seconds(60 + Self.seconds)
        // The chunk of the moment is still being recorded.
        let settled = end.adding(milliseconds: Int64(-2_000 * Self.chunk))
        while ContinuousClock.now < limit {
            let rows = try await rows(installation, from: end, settled: settled)
            if rows.cameras == cameras.count {
                let footage = rows.footage / Double(cameras.count)
                return Drain(
                    wait: rows.first,
                    seconds: rows.last - rows.first,
                    ratio: footage / max(0.001, rows.last - rows.first)
                )
            }
            try await Task.sleep(for: .seconds(1))
        }
        throw Recording.Failure(description: "the backlog is not stored after the outage")
    }

    private struct Rows {
        /// Cameras of which all is there up to the moment.
        var cameras: Int
        /// Seconds of footage that got its row after the outage and was recorded before its end.
        var footage: Double
        /// Seconds after the outage of the first and the last of these rows.
        var first: Double
        var last: Double
    }

    private func rows(
        _ installation: SparcInstallation,
        from end: WallTime,
        settled: WallTime
    ) async throws -> Rows {
        let connection = try await installation.openDatabase()
        let rows = try await connection.run { session throws(DatabaseError) in
            try session.query(
                """
                SELECT (SELECT count(*) FROM (SELECT FROM sparc.chunks GROUP BY camera_id
                        HAVING max(end_at) >= $2) x),
                    coalesce(sum(extract(epoch FROM end_at - start_at)), 0)::float8,
                    coalesce(min(extract(epoch FROM registered_at - $1)), 0)::float8,
                    coalesce(max(extract(epoch FROM registered_at - $1)), 0)::float8
                FROM sparc.chunks WHERE registered_at >= $1 AND end_at <= $1
                """,
                .time(end),
                .time(settled)
            ).decode { row throws(DatabaseError) in
                Rows(
                    cameras: try row.next(),
                    footage: try row.next(),
                    first: try row.next(),
                    last: try row.next()
                )
            }
        }
        await connection.close()
        return try #require(rows.first)
    }

    /// The worker's live edge.
    private func edge(_ installation: SparcInstallation) async throws -> LiveWatch.Edge {
        let connection = try await installation.openDatabase()
        let edge = try await connection.run { session throws(DatabaseError) in
            try session.query("SELECT edge FROM sparc.workers").first?.value(0, as: String.self)
        }
        await connection.close()
        return LiveWatch.Edge(
            address: try #require(edge),
            token: try String(
                contentsOfFile: installation.folder + "/keys/worker.token",
                encoding: .utf8
            ).trimmingCharacters(in: .whitespacesAndNewlines)
        )
    }
}
