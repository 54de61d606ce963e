import Catalog
import Database
import Domain
import Foundation
import Testing

struct BackupTests {
    @Test func `the backup role dumps the rows of all tenants, and changes none`() async throws {
        let fixture = try await CatalogFixture.make()
        let camera = try await fixture.camera(fixture.first, name: "CAN-first")
        _ = try await fixture.camera(fixture.second, name: "CAN-second")
        let epoch = try await fixture.catalog.grant(
            fixture.worker,
            fixture.first,
            camera.id,
            .main
        )
        let chunk = CatalogFixture.chunk(
            camera,
            epoch: epoch,
            sequence: 1,
            start: WallTime(seconds: 0)
        )
        _ = try await fixture.catalog.registerChunks(
            fixture.worker,
            [ChunkOffer(sealed: chunk, precedingGap: nil)]
        )
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/lib/postgresql/15/bin/pg_dump")
        process.arguments = [
            "--role=sparc_backup", "--schema=sparc", "-U", "postgres",
            "-h", try #require(fixture.owner.values["host"]),
            try #require(fixture.owner.values["dbname"]),
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let dump = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(),
            as: UTF8.self
        )
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        for word in ["CAN-first", "CAN-second", chunk.key] {
            #expect(dump.contains(word))
        }
        let connection = try await Connection.open(fixture.owner)
        let error = await #expect(throws: DatabaseError.self) {
            try await connection.run { session throws(DatabaseError) in
                try session.run("SET ROLE sparc_backup; DELETE FROM cameras")
            }
        }
        #expect(error?.sqlState == "42501")
    }
}
