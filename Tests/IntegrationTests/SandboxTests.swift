import Domain
import Foundation
import Processes
import Synchronization
import TestSupport
import Testing
import Transfer

/// Least privilege on a running installation: what a recorder cannot reach, where a camera's password
/// is not, and who is connected to the database.
@Suite(.serialized) struct SandboxTests {
    private static let canary = "canary-7f3a91c2-password"

    @Test func `secrets stay where they belong`() async throws {
        let installation = try SparcInstallation(
            isDemo: false,
            environment: [
                "SPARC_ENV": "development", "SPARC_CHUNK_SECONDS": "8", "LOG_LEVEL": "trace",
                "CAMERA_NETWORKS": "127.0.0.0/8",
            ]
        )
        let farm = try await SimulatedCameras()
        do {
            try await installation.start()
            let viewer = try await Viewer.logIn(installation)
            let camera = try await viewer.addCamera(
                name: "canary",
                url: "rtsp://operator:\(Self.canary)@127.0.0.1:\(farm.port)/cam0"
            )
            try await Recording.waitUntilAllLive(viewer, count: 1)
            try await Task.sleep(for: .seconds(12))
            try await expectConfined(installation)
            try await expectNoPassword(installation, viewer, camera)
            try await expectOnlyOurRoles(installation)
            try expectMinimalIngest(installation)
        } catch {
            Issue.record("\(error)\n\(installation.log.suffix(4_000))")
        }
        await installation.cleanUp()
        await farm.stop()
    }

    /// The recorder's own probe, run in its sandbox: every attempt must be refused.
    private func expectConfined(_ installation: SparcInstallation) async throws {
        let folder = installation.folder
        let request: [String: Any] = [
            "probe": [
                "spool": folder + "/spool",
                "files": ["/etc/passwd", folder + "/keys", folder + "/keys/master.key"],
                "unixSockets": [folder + "/postgres/socket/.s.PGSQL.5432"],
            ] as [String: Any]
        ]
        let lines = Mutex<[String]>([])
        let child = try ChildProcess(
            executable: SparcInstallation.executable,
            arguments: ["recorder", "--user-id", "64800"],
            environment: [:],
            output: { line in lines.withLock { $0.append(line) } }
        )
        child.write([UInt8](try JSONSerialization.data(withJSONObject: request)) + [10])
        let status = await child.waitForExit()
        try await Task.sleep(for: .milliseconds(200))
        let report = lines.withLock { $0.joined() }
        #expect(status.isSuccess, "\(status): \(report)")
        let refused = report.components(separatedBy: "\"isRefused\":true").count - 1
        #expect(refused >= 4 && !report.contains("\"isRefused\":false"), "\(report)")
    }

    private func expectNoPassword(
        _ installation: SparcInstallation,
        _ viewer: Viewer,
        _ camera: Viewer.Camera
    ) async throws {
        #expect(!installation.log.contains(Self.canary), "in the logs")
        let keys = installation.folder + "/keys/"
        for name in try FileManager.default.contentsOfDirectory(atPath: keys) {
            guard let text = try? String(contentsOfFile: keys + name, encoding: .utf8) else {
                continue
            }
            let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
            // The file with the database's address holds no secret.
            guard secret.count >= 16, name != "database.url" else { continue }
            #expect(!installation.log.contains(secret), "\(name) is in the logs")
        }
        for folder in ["spool", "store"] {
            let root = installation.folder + "/" + folder
            var count = 0
            for case let name as String in FileManager.default.enumerator(atPath: root) ?? .init() {
                guard let data = FileManager.default.contents(atPath: root + "/" + name) else {
                    continue
                }
                count += 1
                #expect(data.range(of: Data(Self.canary.utf8)) == nil, "in \(name)")
            }
            #expect(count > 0, "\(folder) is empty")
        }
        for path in ["/api/v1/cameras", "/api/v1/cameras/\(camera.id)"] {
            let answer = try await viewer.send(.get, path)
            #expect(answer.status == 200)
            #expect(!String(decoding: answer.body, as: UTF8.self).contains(Self.canary), "\(path)")
        }
        let dump = try await postgres(installation, "/usr/bin/pg_dump", [])
        #expect(dump.status.isSuccess && dump.output.contains("canary"))
        #expect(!dump.output.contains(Self.canary), "in the database")
        #expect(installation.processes().contains { $0.role == "recorder" })
        let leaking = ProcessTable.all(mentioning: Self.canary)
        #expect(leaking.isEmpty, "\(leaking)")
    }

    private func expectOnlyOurRoles(_ installation: SparcInstallation) async throws {
        for _ in 0..<10 {
            let rows = try await postgres(
                installation,
                "/usr/bin/psql",
                [
                    "-At", "-c",
                    "SELECT DISTINCT usename FROM pg_stat_activity WHERE backend_type = "
                        + "'client backend' AND pid <> pg_backend_pid()",
                ]
            )
            #expect(rows.status.isSuccess, "\(rows.errors)")
            let names = Set(rows.output.split(separator: "\n").map(String.init))
            #expect(names.isSubset(of: ["sparc_app", "sparc_platform"]), "\(names)")
            #expect(!names.isEmpty)
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// `sparc ingest` gets no database address, no master key and no cloud secret.
    private func expectMinimalIngest(_ installation: SparcInstallation) throws {
        let ingest = try #require(installation.processes().first { $0.role == "ingest" })
        let data = FileManager.default.contents(atPath: "/proc/\(ingest.id)/environ") ?? Data()
        let names = Set(
            String(decoding: data, as: UTF8.self).split(separator: "\0")
                .compactMap { $0.split(separator: "=").first.map(String.init) }
        )
        #expect(names.contains("SPARC_COORDINATOR_URL"))
        #expect(
            names.isDisjoint(with: [
                "DATABASE_URL", "DATABASE_URL_FILE", "SPARC_MASTER_KEY", "SPARC_MASTER_KEY_FILE",
                "DATABASE_OWNER_URL", "DATABASE_OWNER_URL_FILE", "JWT_SECRET",
            ]),
            "\(names)"
        )
        let recorder = try #require(installation.processes().first { $0.role == "recorder" })
        let environment =
            FileManager.default.contents(atPath: "/proc/\(recorder.id)/environ") ?? Data()
        #expect(environment.isEmpty)
    }

    private func postgres(
        _ installation: SparcInstallation,
        _ program: String,
        _ arguments: [String]
    ) async throws -> ShellCommand {
        let password = try String(
            contentsOfFile: installation.folder + "/keys/postgres.password",
            encoding: .utf8
        )
        return try await ShellCommand.run(
            program,
            ["-h", installation.folder + "/postgres/socket", "-U", "postgres", "-d", "sparc"]
                + arguments,
            environment: ["PGPASSWORD": password.trimmingCharacters(in: .newlines)]
        )
    }
}
