import Domain
import Foundation
import Playlist
import Processes
import Synchronization
import TestSupport
import Testing

/// A camera that nobody here wrote: gst-rtsp-server with Digest authentication.
@Suite(.serialized) struct ForeignCameraTests {
    private final class Camera: Sendable {
        let child: ChildProcess
        private let lines: Lines

        private final class Lines: Sendable {
            let all = Mutex<[String]>([])
        }

        init() throws {
            let lines = Lines()
            self.lines = lines
            let keep: @Sendable (String) -> Void = { line in lines.all.withLock { $0.append(line) }
            }
            child = try ChildProcess(
                executable: "/usr/bin/python3",
                arguments: [
                    SparcInstallation.packageRoot
                        + "/Tests/IntegrationTests/foreign-camera.py",
                    "viewer", "p:ss@word",
                ],
                environment: ["PATH": "/usr/bin:/bin", "HOME": "/tmp"],
                output: keep,
                errorOutput: keep
            )
        }

        var connections: Int {
            lines.all.withLock { $0.filter { $0 == "connected" }.count }
        }

        func port() async throws -> Int {
            for _ in 0..<200 {
                let said = lines.all.withLock { $0 }
                if let line = said.first(where: { $0.hasPrefix("port ") }),
                    let port = Int(line.dropFirst(5))
                {
                    return port
                }
                try await Task.sleep(for: .milliseconds(100))
            }
            throw Recording.Failure(
                description: "the camera did not start: \(lines.all.withLock { $0 })"
            )
        }
    }

    @Test func `gst-rtsp-server with Digest records, plays and decodes`() async throws {
        let installation = try SparcInstallation(
            isDemo: false,
            environment: [
                "SPARC_ENV": "development", "SPARC_CHUNK_SECONDS": "8",
                "CAMERA_NETWORKS": "127.0.0.0/8",
            ]
        )
        let camera = try Camera()
        do {
            try await installation.start()
            let port = try await camera.port()
            let viewer = try await Viewer.logIn(installation)
            try await plays(viewer, port, installation)
            try await refuses(viewer, port, camera)
        } catch {
            Issue.record("\(error)\n\(installation.log.suffix(6_000))")
        }
        await installation.cleanUp()
        _ = await camera.child.stop(grace: .seconds(2))
    }

    private func plays(
        _ viewer: Viewer,
        _ port: Int,
        _ installation: SparcInstallation
    ) async throws {
        let added = try await viewer.addCamera(
            name: "Foreign",
            url: "rtsp://viewer:p%3Ass%40word@127.0.0.1:\(port)/stream"
        )
        #expect(!added.url.contains("word"), "\(added.url)")
        try await Recording.waitUntilAllLive(viewer, count: 1)
        let start = Recording.now()
        try await Task.sleep(for: .seconds(12))
        let lists = [
            try await viewer.livePlaylist(added.id),
            try await viewer.archivePlaylist(added.id, from: start, to: Recording.now()),
        ]
        for list in lists {
            #expect(PlaylistRules.check(list).isEmpty, "\(PlaylistRules.check(list))")
            let played = try await viewer.segments(of: list)
            let seconds = played.filter { !$0.entry.isGap }.map(\.entry.duration).reduce(0, +)
            #expect(seconds >= 4, "only \(seconds) s play")
            try await PlayedRuns.decode(
                played,
                viewer: viewer,
                folder: installation.folder + "-decode"
            )
        }
    }

    /// One refusal is enough to stop asking: a camera may lock the user out.
    private func refuses(_ viewer: Viewer, _ port: Int, _ camera: Camera) async throws {
        let before = camera.connections
        let added = try await viewer.addCamera(
            name: "Wrong",
            url: "rtsp://viewer:wrong@127.0.0.1:\(port)/stream"
        )
        var state = ""
        for _ in 0..<120 where state != "auth_failed" {
            try await Task.sleep(for: .milliseconds(250))
            state = try await viewer.cameras().first { $0.id == added.id }?.state ?? "missing"
        }
        #expect(state == "auth_failed", "\(state)")
        try await Task.sleep(for: .seconds(10))
        #expect(camera.connections - before <= 2, "hammered: \(camera.connections - before)")
    }
}
