import Domain
import Foundation
import Playlist
import TestSupport
import Testing
import Transfer

/// The footage of cameras that a worker records no more: removed ones, and ones whose lease moved.
@Suite(.serialized) struct PartingTests {
    @Test func `a removed or moved camera's footage is stored and plays to its last picture`()
        async throws
    {
        let installation = try SparcInstallation(
            isDemo: false,
            environment: [
                "SPARC_ENV": "development", "SPARC_CHUNK_SECONDS": "60",
                "CAMERA_NETWORKS": "127.0.0.0/8",
            ]
        )
        let farm = try await SimulatedCameras()
        do {
            try await installation.start()
            let viewer = try await Viewer.logIn(installation)
            let cameras = try await farm.add(to: viewer)
            try await Recording.waitUntilAllLive(viewer, count: 3)
            let start = Recording.now()
            try await Task.sleep(for: .seconds(6))
            let removed = Recording.now()
            let answer = try await viewer.send(.delete, "/api/v1/cameras/\(cameras[0].id)")
            #expect(answer.isSuccess, "status \(answer.status)")
            try await plays(installation, viewer, cameras[0], from: start, beyond: removed)
            let moved = try await moveAway(installation, Array(cameras[1...]))
            for camera in cameras[1...] {
                try await plays(installation, viewer, camera, from: start, beyond: moved)
            }
        } catch {
            Issue.record("\(error)\n\(installation.log.suffix(6_000))")
        }
        await installation.cleanUp()
        await farm.stop()
    }

    /// Stops the worker until another has its streams. Its recorder goes on meanwhile, as it would
    /// behind a broken network.
    /// - Returns: When the worker could learn of it at the earliest.
    private func moveAway(
        _ installation: SparcInstallation,
        _ cameras: [Viewer.Camera]
    ) async throws -> WallTime {
        let ghost = try GhostWorker(installation)
        try await ghost.register()
        let ingest = try #require(installation.processes().first { $0.role == "ingest" })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await ghost.haunt() }
            kill(ingest.id, SIGSTOP)
            defer { kill(ingest.id, SIGCONT) }
            for _ in 0..<300 where try await ghost.assignments().count < cameras.count {
                try await Task.sleep(for: .milliseconds(100))
            }
            let taken = try await ghost.assignments()
            #expect(Set(taken.map(\.camera.description)) == Set(cameras.map(\.id)))
            let moment = Recording.now()
            kill(ingest.id, SIGCONT)
            for camera in cameras {
                _ = try await stored(installation, camera, beyond: moment)
            }
            group.cancelAll()
            return moment
        }
    }

    /// Waits until the newest chunk of a camera in the spool is closed and sealed, and that beyond
    /// a moment.
    /// - Returns: The number of the last picture in it.
    private func stored(
        _ installation: SparcInstallation,
        _ camera: Viewer.Camera,
        beyond moment: WallTime
    ) async throws -> UInt64 {
        let folder = "\(installation.folder)/spool/\(camera.id)/main"
        for _ in 0..<300 {
            let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            let media = files.filter { $0.hasSuffix(".mp4") }
            let isSealed = media.allSatisfy { files.contains($0.dropLast(3) + "seal") }
            let stamps = try media.flatMap {
                PictureStamp.all(
                    in: [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)")))
                )
            }
            // Cameras send in bursts, and the load of a test machine delays them.
            if isSealed, let last = stamps.max(by: { $0.picture < $1.picture }),
                last.sentAt > moment.adding(milliseconds: -1_000)
            {
                return last.picture
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Recording.Failure(description: "\(camera.name): the last chunk is not sealed")
    }

    /// Every picture from the first to the last that was recorded plays, out of the store.
    private func plays(
        _ installation: SparcInstallation,
        _ viewer: Viewer,
        _ camera: Viewer.Camera,
        from start: WallTime,
        beyond moment: WallTime
    ) async throws {
        let last = try await stored(installation, camera, beyond: moment)
        for _ in 0..<100 {
            let playlist = try await viewer.archivePlaylist(
                camera.id,
                from: start,
                to: Recording.now()
            )
            let entries = PlaylistEntry.all(in: playlist).filter { !$0.isGap }
            guard !entries.isEmpty, entries.allSatisfy({ $0.uri.hasPrefix("/media/object/") })
            else {
                try await Task.sleep(for: .milliseconds(200))
                continue
            }
            let audit = StampAudit(try await viewer.segments(of: playlist).flatMap(\.stamps))
            #expect(audit.isComplete, "\(camera.name): \(audit)")
            #expect(audit.last == last, "\(camera.name): \(audit), recorded to \(last)")
            return
        }
        Issue.record("\(camera.name) is not played from the store")
    }
}
