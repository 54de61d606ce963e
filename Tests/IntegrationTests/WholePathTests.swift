import Domain
import Foundation
import Playlist
import Processes
import TestSupport
import Testing
import Transfer

/// The product's main job on real processes: `sparc up --demo` from nothing, recordings played live
/// and from the archive while the store works, fails and comes back.
@Suite(.serialized) struct WholePathTests {
    @Test func `up records, plays live and archive, and loses no picture in an outage`()
        async throws
    {
        let installation = try SparcInstallation(environment: ["SPARC_CHUNK_SECONDS": "8"])
        do {
            try await installation.start()
            try await playsEverything(installation)
            try await survivesAnOutage(installation)
            try await endsAndComesBack(installation)
        } catch {
            Issue.record("\(error)\n\(installation.log.suffix(6_000))")
        }
        await installation.cleanUp()
    }

    private func playsEverything(_ installation: SparcInstallation) async throws {
        let viewer = try await Viewer.logIn(installation)
        let cameras = try await viewer.cameras()
        #expect(cameras.count == 3)
        try await Recording.waitUntilAllLive(viewer, count: 3)
        let start = WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
        try await Task.sleep(for: .seconds(24))
        for camera in cameras {
            let live = try await viewer.livePlaylist(camera.id)
            #expect(PlaylistRules.check(live).isEmpty, "\(PlaylistRules.check(live))")
            let liveAudit = StampAudit(
                try await viewer.segments(of: live).flatMap(\.stamps)
            )
            #expect(liveAudit.isComplete, "live of \(camera.name): \(liveAudit)")
            try await Recording.auditArchive(viewer, camera, from: start, minimum: 200)
            try await FFmpegPeer.decodes(
                viewer,
                path: "/hls/\(camera.id)/live.m3u8",
                seconds: 6
            )
            let to = WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
            try await FFmpegPeer.decodes(
                viewer,
                path: "/hls/\(camera.id)/archive.m3u8?from=\(start)&to=\(to)",
                seconds: nil
            )
        }
    }

    /// With the store unwritable every moment of the outage plays, during and after it.
    private func survivesAnOutage(_ installation: SparcInstallation) async throws {
        let seconds = Int(ProcessInfo.processInfo.environment["SPARC_OUTAGE_SECONDS"] ?? "") ?? 25
        let viewer = try await Viewer.logIn(installation)
        let store = installation.folder + "/store"
        let aside = installation.folder + "/store.away"
        try FileManager.default.moveItem(atPath: store, toPath: aside)
        // A file in the folder's place: no write can succeed, for root neither.
        _ = FileManager.default.createFile(atPath: store, contents: Data())
        let start = WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
        try await Task.sleep(for: .seconds(seconds))
        let cameras = try await viewer.cameras()
        for camera in cameras {
            try await Recording.auditArchive(
                viewer,
                camera,
                from: start,
                minimum: (seconds - 8) * 20
            )
        }
        try FileManager.default.removeItem(atPath: store)
        try FileManager.default.moveItem(atPath: aside, toPath: store)
        let end = WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
        try await Task.sleep(for: .seconds(25))
        for camera in cameras {
            try await Recording.auditArchive(
                viewer,
                camera,
                from: start,
                to: end,
                minimum: (seconds - 8) * 20
            )
        }
    }

    /// Ctrl-C leaves no process and a cleanly shut down database; a second start has everything.
    private func endsAndComesBack(_ installation: SparcInstallation) async throws {
        let viewer = try await Viewer.logIn(installation)
        let camera = try #require(try await viewer.cameras().first)
        let to = WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
        let from = to.adding(milliseconds: -20_000)
        let before = try await viewer.segments(
            of: viewer.archivePlaylist(camera.id, from: from, to: to)
        ).flatMap(\.stamps)
        let everyone = installation.processes()
        #expect(everyone.contains { $0.role == "recorder" })
        let clock = ContinuousClock()
        let began = clock.now
        let status = await installation.stop()
        #expect(status.isSuccess, "\(status)")
        #expect(clock.now - began < .seconds(10))
        let left = Set(ProcessTable.all().map(\.id)).intersection(everyone.map(\.id))
        #expect(left.isEmpty, "still there: \(everyone.filter { left.contains($0.id) })")
        let control = try await ShellCommand.run(
            "/usr/lib/postgresql/15/bin/pg_controldata",
            [installation.folder + "/postgres/data"]
        )
        #expect(control.output.contains("shut down\n"), "\(control.output)\(control.errors)")
        try await installation.start()
        let again = try await Viewer.logIn(installation)
        // What was not shipped is listed again once the worker has brought its spool in order.
        var missing = Set(before.map(\.picture))
        let limit = clock.now + .seconds(15)
        repeat {
            let after = try await again.segments(
                of: again.archivePlaylist(camera.id, from: from, to: to)
            ).flatMap(\.stamps)
            missing.subtract(after.map(\.picture))
            if missing.isEmpty { break }
            try await Task.sleep(for: .milliseconds(500))
        } while clock.now < limit
        #expect(missing.isEmpty)
    }
}
