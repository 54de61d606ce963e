import Domain
import Foundation
import ObjectStore
import Processes
import TestSupport
import Testing
import Transfer

/// Cameras to a real S3 service and back.
@Suite(.serialized) struct BucketTests {
    private struct Stored: Codable {
        var key: String
        var length: Int
        var sha256: String
        var type: String
        var tags: [String: String]
        var metadata: [String: String]
    }

    @Test func `cameras are stored in S3 with their tags and play from there`() async throws {
        let server = try ObjectStoreServer.shared()
        let bucket = try await server.makeBucket(isSecure: true)
        let environment = [
            "SPARC_CHUNK_SECONDS": "4", "S3_BUCKET": bucket.bucket,
            "S3_ENDPOINT": server.secureURL, "S3_CA_FILE": server.authorities,
            "AWS_ACCESS_KEY_ID": ObjectStoreServer.accessKey,
            "AWS_SECRET_ACCESS_KEY": ObjectStoreServer.secretKey,
        ]
        let installation = try SparcInstallation(environment: environment)
        do {
            try await installation.start()
            let viewer = try await Viewer.logIn(installation)
            try await Recording.waitUntilAllLive(viewer, count: 3)
            let start = Recording.now()
            try await Task.sleep(for: .seconds(13))
            let stored = try await checkPlayback(viewer, from: start)
            let direct = DirectPlayback(
                installation: installation,
                server: server,
                bucket: bucket.bucket
            )
            try await direct.check(stored.uri, try #require(stored.range))
            try await checkObjects(server, bucket.bucket, viewer)
            try await checkRules(installation, environment)
            let folder = installation.folder + "/store"
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        } catch {
            Issue.record("\(error)\n\(installation.log.suffix(6_000))")
        }
        await installation.cleanUp()
    }

    /// Every picture is played, and at least one object of each camera is read from the bucket.
    /// - Returns: A segment of one of them.
    private func checkPlayback(
        _ viewer: Viewer,
        from start: WallTime
    ) async throws -> PlaylistEntry {
        var segment: PlaylistEntry?
        for camera in try await viewer.cameras() {
            try await Recording.auditArchive(viewer, camera, from: start, minimum: 100)
            let playlist = try await viewer.archivePlaylist(
                camera.id,
                from: start,
                to: Recording.now()
            )
            let stored = PlaylistEntry.all(in: playlist).filter {
                $0.uri.contains("/media/object/")
            }
            #expect(!stored.isEmpty, "\(camera.name) plays nothing from the bucket:\n\(playlist)")
            segment = stored.first
            guard let uri = segment?.uri, let last = uri.last else { continue }
            #expect(try await viewer.send(.get, uri).status == 200)
            let tampered = String(uri.dropLast()) + (last == "A" ? "B" : "A")
            #expect(try await viewer.send(.get, tampered).status == 403)
        }
        return try #require(segment)
    }

    /// The bucket's rules by the command line: missing, put, right.
    private func checkRules(
        _ installation: SparcInstallation,
        _ environment: [String: String]
    ) async throws {
        func storage(_ arguments: [String]) async throws -> (isSuccess: Bool, output: String) {
            let command = try await ShellCommand.run(
                SparcInstallation.executable,
                ["storage", "apply", "--data-dir", installation.folder] + arguments,
                environment: environment
            )
            return (command.status.isSuccess, command.output + command.errors)
        }
        let missing = try await storage(["--check"])
        #expect(!missing.isSuccess && missing.output.contains("sparc-sweep is missing"))
        let applied = try await storage([])
        #expect(applied.isSuccess, "\(applied.output)")
        #expect(applied.output.contains("objects of class event expire after 37 days"))
        let checked = try await storage(["--check"])
        #expect(checked.isSuccess, "\(checked.output)")
        let origins = ["--origin", "https://sparc.example.org", "http://127.0.0.1:3000"]
        let closed = try await storage(["--check"] + origins)
        #expect(!closed.isSuccess && closed.output.contains("sparc-playback is missing"))
        #expect(try await storage(origins).isSuccess)
        let open = try await storage(["--check"] + origins)
        #expect(open.isSuccess, "\(open.output)")
        let again = try await storage(origins)
        #expect(again.isSuccess && !again.output.contains("changed"), "\(again.output)")
        let wrong = try await storage(["--origin", "https://sparc.example.org/path"])
        #expect(!wrong.isSuccess)
        let other = try await storage(["--check", "--no-expire"])
        #expect(!other.isSuccess && other.output.contains("sparc-expire-event should not be there"))
    }

    /// What boto3 reads in the bucket.
    private func checkObjects(
        _ server: ObjectStoreServer,
        _ bucket: String,
        _ viewer: Viewer
    ) async throws {
        let command = try await ShellCommand.run(
            "/usr/bin/python3",
            [
                SparcInstallation.packageRoot + "/Tests/IntegrationTests/stored-objects.py",
                server.url, bucket, ObjectStoreServer.accessKey, ObjectStoreServer.secretKey,
            ]
        )
        #expect(command.status.isSuccess, "\(command.errors)")
        let objects = try command.output.split(separator: "\n").map {
            try JSONDecoder().decode(Stored.self, from: Data($0.utf8))
        }
        #expect(objects.count { !$0.key.hasPrefix("audit/") } >= 3)
        let cameras = Set(try await viewer.cameras().map(\.id))
        #expect(Set(objects.compactMap { $0.tags["sparc:camera"] }) == cameras)
        let stranger = HTTPClient(policy: .loopback, authorities: server.authorities)
        defer { stranger.close() }
        for object in objects {
            let url = "\(server.secureURL)/\(bucket)/\(object.key)"
            #expect(try await stranger.send(HTTPRequest(.get, url)).status == 403)
            // Heads of audit logs: no rule of retention is about them.
            if object.key.hasPrefix("audit/") {
                #expect(object.tags.isEmpty)
                continue
            }
            #expect(
                Set(object.tags.keys) == [
                    "sparc:tenant", "sparc:camera", "sparc:retention", "sparc:class",
                ]
            )
            #expect(object.tags["sparc:retention"] == "30d")
            #expect(object.tags["sparc:class"] == "continuous")
            #expect(object.metadata["sha256"] == object.sha256)
            #expect(object.metadata["length"] == String(object.length))
            #expect(object.metadata["camera"] == object.tags["sparc:camera"])
            #expect(object.type == "video/mp4")
            #expect(object.key.contains("/\(object.tags["sparc:camera"] ?? "?")/"))
        }
    }
}
