import Database
import Domain
import Foundation
import Processes
import TestSupport
import Testing

/// The database of a real installation is lost, and `sparc storage` brings its index back.
@Suite(.serialized) struct RebuildTests {
    private struct Plan: Decodable {
        var withoutRow: Int
        var unknownOrganisations: [String]
        var foreign: Bool
    }

    private struct Rebuild: Decodable {
        struct Owner: Decodable {
            var organisation: String
            var email: String
            var password: String
        }

        var restored: Int
        var present: Int
        var findings: Int
        var owners: [Owner]
    }

    private struct Reconcile: Decodable {
        var index: String
        var objects: Int
        var rows: Int
        var sampled: Int
        var findings: Int
    }

    private struct Protection: Decodable {
        struct Camera: Decodable {
            var organisation: String
            var chunks: Int
        }

        var released: Bool
        var cameras: [Camera]
    }

    /// What was there before the loss.
    private struct Lost {
        var tenant: String
        var cameras: [Viewer.Camera]
        var rows: Set<String>
        var start: WallTime
        var end: WallTime
    }

    @Test func `a lost database's index comes back, every picture plays, and nothing goes early`()
        async throws
    {
        let installation = try SparcInstallation(environment: ["SPARC_CHUNK_SECONDS": "4"])
        do {
            try await installation.start()
            let lost = try await record(installation)
            _ = await installation.stop()
            try FileManager.default.removeItem(atPath: installation.folder + "/postgres")
            try await installation.start()
            let login = try await rebuild(installation, lost)
            try await play(installation, lost, login)
            try await killed(installation, lost)
            try await readFragments(installation, lost)
            try await play(installation, lost, login)
            try await release(installation, lost)
        } catch {
            Issue.record("\(error)\n\(installation.log.suffix(6_000))")
        }
        await installation.cleanUp()
    }

    private func record(_ installation: SparcInstallation) async throws -> Lost {
        let viewer = try await Viewer.logIn(installation)
        try await Recording.waitUntilAllLive(viewer, count: 3)
        let start = Recording.now()
        try await Task.sleep(for: .seconds(20))
        let cameras = try await viewer.cameras()
        let tenant = try await texts(installation, "SELECT id::text FROM tenants")
        // All cameras are recorded up to the first of their last registered moments.
        let end = try await texts(
            installation,
            """
            SELECT to_char(min(until) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
            FROM (SELECT max(end_at) AS until FROM chunks GROUP BY camera_id) x
            """
        )
        return Lost(
            tenant: try #require(tenant.first),
            cameras: cameras,
            rows: try await rows(installation),
            start: start,
            end: try #require(end.first.flatMap { WallTime(rfc3339: $0) })
        )
    }

    /// - Returns: How the new owner logs in.
    private func rebuild(
        _ installation: SparcInstallation,
        _ lost: Lost
    ) async throws -> Viewer.Login {
        #expect(lost.rows.count >= 6)
        let before = try await storage(installation, ["reconcile", "--quick"], isSuccess: false)
        #expect(try decode(Reconcile.self, before).findings >= lost.rows.count)
        let plan = try decode(
            Plan.self,
            try await storage(installation, ["rebuild", "--plan"])
        )
        #expect(plan.withoutRow >= lost.rows.count && !plan.foreign)
        #expect(plan.unknownOrganisations == [lost.tenant])
        let report = try decode(
            Rebuild.self,
            try await storage(installation, ["rebuild", "--owner", "owner@example.com"])
        )
        #expect(report.restored >= lost.rows.count && report.findings == 0)
        #expect(try await lost.rows.subtracting(rows(installation)).isEmpty)
        let owner = try #require(report.owners.first)
        #expect(report.owners.count == 1 && owner.email == "owner@example.com")
        #expect(owner.organisation == "Restored organisation \(lost.tenant)")
        let compared = try decode(
            Reconcile.self,
            try await storage(installation, ["reconcile", "--sample", "9", "--seed", "7"])
        )
        #expect(compared.findings == 0 && compared.index == "known" && compared.sampled == 9)
        return Viewer.Login(
            email: owner.email,
            password: owner.password,
            tenant: owner.organisation
        )
    }

    /// The archive of each camera has every picture once.
    private func play(
        _ installation: SparcInstallation,
        _ lost: Lost,
        _ login: Viewer.Login
    ) async throws {
        let viewer = try await Viewer.logIn(installation, as: login)
        #expect(lost.cameras.count == 3)
        for camera in lost.cameras {
            try await Recording.auditArchive(
                viewer,
                camera,
                from: lost.start,
                to: lost.end,
                minimum: 100
            )
        }
        // Nothing of it is recorded on.
        #expect(try await viewer.cameras().isEmpty)
    }

    /// SIGKILL at random moments, then one run to its end.
    private func killed(_ installation: SparcInstallation, _ lost: Lost) async throws {
        for _ in 0..<4 {
            try await asOwner(
                installation,
                "DELETE FROM chunks WHERE tenant_id = '\(lost.tenant)'"
            )
            for _ in 0..<3 {
                let child = try ChildProcess(
                    executable: SparcInstallation.executable,
                    arguments: ["storage", "rebuild", "--data-dir", installation.folder],
                    environment: ["PATH": "/usr/bin:/bin"],
                    output: { _ in },
                    errorOutput: { _ in }
                )
                try await Task.sleep(for: .milliseconds(Int.random(in: 20...900)))
                kill(child.processID, SIGKILL)
                _ = await child.waitForExit()
            }
            _ = try await storage(installation, ["rebuild"])
            #expect(try await lost.rows.subtracting(rows(installation)).isEmpty)
        }
    }

    /// Objects as older versions wrote them: without segments in their metadata.
    private func readFragments(_ installation: SparcInstallation, _ lost: Lost) async throws {
        let keys = try await texts(
            installation,
            "SELECT object_key FROM chunks WHERE tenant_id = '\(lost.tenant)'"
        )
        for key in keys {
            let url = URL(fileURLWithPath: "\(installation.folder)/store/\(key)")
            let sidecar = url.deletingLastPathComponent()
                .appendingPathComponent(".\(url.lastPathComponent).json")
            let text = try String(contentsOf: sidecar, encoding: .utf8)
            let less = text.replacing(#/"segments":"[^"]*",?/#, with: "")
            #expect(less != text)
            try Data(less.utf8).write(to: sidecar)
        }
        try await asOwner(
            installation,
            "DELETE FROM chunks WHERE tenant_id = '\(lost.tenant)'"
        )
        let report = try decode(Rebuild.self, try await storage(installation, ["rebuild"]))
        #expect(report.restored >= keys.count && report.findings == 0)
        #expect(
            try await texts(
                installation,
                "SELECT object_key FROM chunks WHERE tenant_id = '\(lost.tenant)'"
            ).count == keys.count
        )
    }

    private func release(_ installation: SparcInstallation, _ lost: Lost) async throws {
        let name = "Restored organisation \(lost.tenant)"
        let text = try await storage(installation, ["release", "--plan"], json: false)
        #expect(text.contains(name) && text.contains("protected until sparc storage release"))
        let compared = try await storage(installation, ["reconcile"], json: false)
        #expect(compared.contains(": 0 findings"))
        let rebuilt = try await storage(installation, ["rebuild"], json: false)
        #expect(rebuilt.contains("Not as they should be: 0 chunks, 0 gaps"))
        let plan = try decode(
            Protection.self,
            try await storage(installation, ["release", "--plan", "--tenant", name])
        )
        #expect(plan.cameras.count == 3 && !plan.released)
        #expect(plan.cameras.allSatisfy { $0.organisation == name && $0.chunks > 0 })
        _ = try await storage(installation, ["release", "--all"])
        let left = try decode(
            Protection.self,
            try await storage(installation, ["release", "--plan"])
        )
        #expect(left.cameras.isEmpty)
        let wrong = try await storage(
            installation,
            ["release", "--tenant", "nobody"],
            isSuccess: false
        )
        #expect(wrong.isEmpty)
    }

    /// - Returns: What the command printed.
    private func storage(
        _ installation: SparcInstallation,
        _ arguments: [String],
        isSuccess: Bool = true,
        json: Bool = true
    ) async throws -> String {
        let command = try await ShellCommand.run(
            SparcInstallation.executable,
            ["storage"] + arguments + (json ? ["--json"] : [])
                + ["--data-dir", installation.folder]
        )
        guard command.status.isSuccess == isSuccess else {
            throw Recording.Failure(
                description: "\(arguments): \(command.errors)\n\(command.output.suffix(3_000))"
            )
        }
        return command.output
    }

    private func decode<Answer: Decodable>(_ type: Answer.Type, _ text: String) throws -> Answer {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(text.utf8))
    }

    /// All rows of footage, without the moment of registration, which no object knows.
    private func rows(_ installation: SparcInstallation) async throws -> Set<String> {
        Set(
            try await texts(
                installation,
                """
                SELECT (to_jsonb(k) - 'registered_at')::text FROM chunks k
                UNION ALL SELECT to_jsonb(g)::text FROM gaps g WHERE g.is_closed
                """
            )
        )
    }

    private func texts(
        _ installation: SparcInstallation,
        _ sql: String
    ) async throws -> [String] {
        let script = "CREATE TEMP TABLE answer AS SELECT * FROM (\(sql)) AS x (line)"
        let connection = try await installation.openDatabase()
        let lines = try await connection.run { session throws(DatabaseError) in
            try session.run(script)
            return try session.query("SELECT line::text FROM answer").decode {
                row throws(DatabaseError) in try row.next(String.self)
            }
        }
        await connection.close()
        return lines
    }

    private func asOwner(_ installation: SparcInstallation, _ script: String) async throws {
        let connection = try await installation.openDatabase()
        try await connection.run { session throws(DatabaseError) in try session.run(script) }
        await connection.close()
    }
}
