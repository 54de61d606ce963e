import Database
import Domain
import Files
import Foundation
import ObjectStore
import Synchronization
import TestSupport
import Testing

/// The power of a whole installation is cut: spool, store and PostgreSQL are on one disk that loses
/// what was not made durable. Every row that was committed is there after it with its object, and
/// cameras lose what they sent meanwhile and a second. `SPARC_FAULT_ROUNDS` (3) by two says how often.
@Suite(.serialized, .enabled(if: PowerCutDisk.isPossible, "needs root and a loop device"))
struct WholePowerCutTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let rounds = max(1, (Int(environment["SPARC_FAULT_ROUNDS"] ?? "") ?? 3) / 2)
    private static let seed =
        UInt64(environment["SPARC_FAULT_SEED"] ?? "") ?? UInt64.random(in: 1 ... .max)

    private struct Row: Hashable, Sendable {
        var key: String
        var length: Int
        var sha256: String
    }

    @Test func `a power cut loses a second at most and nothing that has a row`() async throws {
        let disk = try PowerCutDisk(megabytes: 1_024)
        let farm = try await SimulatedCameras()
        let installation = try SparcInstallation(
            isDemo: false,
            environment: [
                "SPARC_ENV": "development", "SPARC_CHUNK_SECONDS": "4",
                "CAMERA_NETWORKS": "127.0.0.0/8",
            ],
            parent: disk.folder
        )
        do {
            try await installation.start()
            try await cutAndAudit(installation, disk, farm)
        } catch {
            Issue.record("seed \(Self.seed): \(error)\n\(installation.log.suffix(6_000))")
        }
        await installation.cleanUp()
        await farm.stop()
        disk.remove()
    }

    private func cutAndAudit(
        _ installation: SparcInstallation,
        _ disk: PowerCutDisk,
        _ farm: SimulatedCameras
    ) async throws {
        print("whole power cuts: seed \(Self.seed), \(Self.rounds) rounds")
        var random = SeededRandom(seed: Self.seed)
        var viewer = try await Viewer.logIn(installation)
        let cameras = try await farm.add(to: viewer)
        try await Recording.waitUntilAllLive(viewer, count: 3)
        let start = Recording.now()
        var outages: [Outage] = []
        var known: Set<Row> = []
        for round in 0..<Self.rounds {
            let ledger = Mutex<Set<Row>>([])
            let watching = Task { await watch(installation, ledger) }
            try await Task.sleep(
                for: .milliseconds(Int64.random(in: 8_000...14_000, using: &random))
            )
            let killed = Recording.now()
            try disk.cut()
            await installation.killAll()
            for process in ProcessTable.all(mentioning: installation.folder) {
                kill(process.id, SIGKILL)
            }
            watching.cancel()
            await watching.value
            known.formUnion(ledger.withLock { $0 })
            #expect(!known.isEmpty)
            try disk.restore()
            try await installation.start()
            viewer = try await Viewer.logIn(installation)
            try await Recording.waitUntilAllLive(viewer, count: 3, within: .seconds(90))
            outages.append(
                Outage(
                    what: "power cut \(round + 1)",
                    reason: .workerDown,
                    killed: killed,
                    back: Recording.now()
                )
            )
            print(outages[outages.count - 1])
            try await check(known, installation)
        }
        try await Task.sleep(for: .seconds(8))
        try await OutageAudit(
            outages: outages,
            start: start,
            end: Recording.now(),
            seed: Self.seed
        ).run(viewer, cameras, folder: installation.folder + "-decode")
    }

    /// Keeps every row that the database has told of as committed.
    private func watch(_ installation: SparcInstallation, _ ledger: borrowing Mutex<Set<Row>>) async
    {
        while !Task.isCancelled {
            if let rows = try? await rows(installation) { ledger.withLock { $0.formUnion(rows) } }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    private func rows(_ installation: SparcInstallation) async throws -> Set<Row> {
        let connection = try await installation.openDatabase()
        let rows = try await connection.run { session throws(DatabaseError) in
            try session.query(
                "SELECT object_key, length_bytes, encode(sha256, 'hex') FROM sparc.chunks"
            ).decode { row throws(DatabaseError) in
                Row(key: try row.next(), length: try row.next(), sha256: try row.next())
            }
        }
        await connection.close()
        return Set(rows)
    }

    /// Every row that was there before is there, and every row has its object, byte for byte.
    private func check(_ known: Set<Row>, _ installation: SparcInstallation) async throws {
        let rows = try await rows(installation)
        let missing = known.subtracting(rows)
        #expect(missing.isEmpty, "seed \(Self.seed): \(missing.map(\.key))")
        for row in rows {
            let path = installation.folder + "/store/" + row.key
            let (hash, length) = try FileHash.sha256(of: path)
            #expect(hash == row.sha256 && length == row.length, "seed \(Self.seed): \(row.key)")
        }
    }
}
