import Database
import Domain
import Foundation
import Processes
import TestSupport
import Testing
import Transfer

/// `sparc retention` on a real installation: footage of one camera is made old, shown, deleted.
@Suite(.serialized) struct RetentionTests {
    private struct Plan: Decodable {
        struct Share: Decodable {
            var camera: String
            var retentionDays: Int
            var chunks: Int
        }

        var chunks: Int
        var cameras: [Share]
    }

    private struct Run: Decodable {
        var deletedChunks: Int
        var deletedBytes: Int
        var quotaExcessBytes: Int
        var failures: Int
        var lateChunks: Int
    }

    @Test func `footage past its retention is shown, then deleted, and nothing else is`()
        async throws
    {
        let installation = try SparcInstallation(environment: ["SPARC_CHUNK_SECONDS": "4"])
        do {
            try await installation.start()
            try await deletes(installation)
        } catch {
            Issue.record("\(error)\n\(installation.log.suffix(6_000))")
        }
        await installation.cleanUp()
    }

    private func deletes(_ installation: SparcInstallation) async throws {
        let viewer = try await Viewer.logIn(installation)
        try await Recording.waitUntilAllLive(viewer, count: 3)
        try await Task.sleep(for: .seconds(16))
        let cameras = try await viewer.cameras()
        let old = try #require(cameras.first)
        let other = try #require(cameras.last)
        // The camera and what it recorded are of two days ago.
        try await asOwner(
            installation,
            """
            UPDATE cameras SET created_at = created_at - interval '9 days'
                WHERE id = '\(old.id)';
            UPDATE chunks SET start_at = start_at - interval '49 hours',
                end_at = end_at - interval '49 hours' WHERE camera_id = '\(old.id)'
            """
        )
        let others = try await objects(of: other.id, olderThan: "0 days", installation)
        #expect(others.count >= 2)
        let objects = try await objects(of: old.id, olderThan: "1 day", installation)
        #expect(objects.count >= 2)
        #expect(objects.allSatisfy { FileManager.default.fileExists(atPath: $0) })
        let change = ["set", "--tenant", "development", "--camera", "\(old.id)", "--days", "1"]
        let asked = try await retention(installation, change + ["--plan"], as: Plan.self)
        #expect(asked.cameras.map(\.camera) == ["\(old.id)"])
        #expect(asked.cameras.map(\.retentionDays) == [1])
        #expect(asked.chunks == objects.count)
        let before = try await retention(installation, ["run", "--plan"], as: Plan.self)
        #expect(before.chunks == 0)
        _ = try await retention(installation, change, as: [String: Bool].self)
        let plan = try await retention(installation, ["run", "--plan"], as: Plan.self)
        #expect(plan.chunks == objects.count)
        #expect(objects.allSatisfy { FileManager.default.fileExists(atPath: $0) })
        let run = try await retention(installation, ["run"], as: Run.self)
        #expect(run.deletedChunks == objects.count && run.deletedBytes > 0)
        #expect(run.failures == 0 && run.lateChunks == 0)
        #expect(objects.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
        let again = try await retention(installation, ["run"], as: Run.self)
        #expect(again.deletedChunks == 0)
        #expect(others.allSatisfy { FileManager.default.fileExists(atPath: $0) })
        let left = try await self.objects(of: other.id, olderThan: "0 days", installation)
        #expect(Set(left).isSuperset(of: others))
        try await limits(installation)
        let metrics = try await installation.client.send(
            HTTPRequest(.get, installation.baseURL + "/metrics")
        )
        let text = String(decoding: metrics.body, as: UTF8.self)
        #expect(text.contains("sparc_retention_last_success_timestamp_seconds"))
        #expect(text.contains("sparc_retention_late_chunks 0"))
        #expect(text.contains("sparc_store_footage_bytes"))
    }

    private struct Use: Decodable {
        var name: String
        var storedBytes: Int
        var quotaBytes: Int?
    }

    /// A quota is set, shown and taken away; what it would delete is younger than a day.
    private func limits(_ installation: SparcInstallation) async throws {
        let own = ["quota", "--tenant", "Development", "--megabytes"]
        let limited = try await retention(installation, own + ["1"], as: [Use].self)
        #expect(limited.map(\.quotaBytes) == [1_000_000])
        let run = try await retention(installation, ["run"], as: Run.self)
        #expect(run.deletedChunks == 0)
        #expect(run.quotaExcessBytes > 0)
        let free = try await retention(installation, own + ["none"], as: [Use].self)
        #expect(free.count == 1 && free[0].quotaBytes == nil && free[0].storedBytes > 1_000_000)
        for wrong in [own + ["0"], own + ["x"], ["quota", "--tenant", "Nobody"]] {
            await #expect(throws: (any Error).self) {
                _ = try await retention(installation, wrong, as: [Use].self)
            }
        }
    }

    private func retention<Answer: Decodable>(
        _ installation: SparcInstallation,
        _ arguments: [String],
        as type: Answer.Type
    ) async throws -> Answer {
        let command = try await ShellCommand.run(
            SparcInstallation.executable,
            ["retention"] + arguments + ["--json", "--data-dir", installation.folder]
        )
        guard command.status.isSuccess else {
            throw Recording.Failure(description: "\(arguments): \(command.errors)")
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(command.output.utf8))
    }

    private func asOwner(_ installation: SparcInstallation, _ script: String) async throws {
        let connection = try await installation.openDatabase()
        try await connection.run { session throws(DatabaseError) in try session.run(script) }
        await connection.close()
    }

    /// The files of what a camera recorded, by the table.
    private func objects(
        of camera: String,
        olderThan age: String,
        _ installation: SparcInstallation
    ) async throws -> [String] {
        let connection = try await installation.openDatabase()
        let keys = try await connection.run { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT object_key FROM chunks
                WHERE camera_id = $1 AND end_at < now() - $2::text::interval
                """,
                .uuid(UUID(uuidString: camera)),
                .text(age)
            )
            return try rows.decode { row throws(DatabaseError) in try row.next(String.self) }
        }
        await connection.close()
        return keys.map { "\(installation.folder)/store/\($0)" }
    }
}
