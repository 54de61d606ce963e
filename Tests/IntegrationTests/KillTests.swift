import Domain
import Foundation
import Playlist
import Processes
import TestSupport
import Testing

/// SIGKILL at random moments of everything that records. `SPARC_FAULT_ROUNDS` sets how often each
/// kind of process is killed, `SPARC_FAULT_SEED` repeats the moments of an earlier run.
@Suite(.serialized) struct KillTests {
    private static let rounds =
        Int(ProcessInfo.processInfo.environment["SPARC_FAULT_ROUNDS"] ?? "") ?? 3
    private static let seed =
        UInt64(ProcessInfo.processInfo.environment["SPARC_FAULT_SEED"] ?? "")
        ?? UInt64.random(in: 1 ... .max)

    @Test func `kills lose at most the time down and no name is used twice`() async throws {
        let installation = try SparcInstallation(
            isDemo: false,
            environment: [
                "SPARC_ENV": "development", "SPARC_CHUNK_SECONDS": "8",
                "CAMERA_NETWORKS": "127.0.0.0/8",
            ]
        )
        let farm = try await SimulatedCameras()
        do {
            try await installation.start()
            try await killAndAudit(installation, farm)
        } catch {
            Issue.record("seed \(Self.seed): \(error)\n\(installation.log.suffix(6_000))")
        }
        await installation.cleanUp()
        await farm.stop()
    }

    @Test func `a second up on one folder is refused`() async throws {
        let installation = try SparcInstallation(
            isDemo: false,
            environment: ["SPARC_ENV": "development"]
        )
        do {
            try await installation.start()
            let second = try await ShellCommand.run(
                SparcInstallation.executable,
                ["up", "--data-dir", installation.folder, "--port", "0"]
            )
            #expect(second.status == .exited(1), "\(second.status)")
            let said = second.output + second.errors
            #expect(said.contains("another sparc up uses"), "\(said)")
            // The first is not disturbed.
            _ = try await Viewer.logIn(installation)
        } catch {
            Issue.record("\(error)\n\(installation.log.suffix(4_000))")
        }
        await installation.cleanUp()
    }

    private func killAndAudit(
        _ installation: SparcInstallation,
        _ farm: SimulatedCameras
    ) async throws {
        print("kills: seed \(Self.seed), \(Self.rounds) rounds each")
        var random = SeededRandom(seed: Self.seed)
        let viewer = try await Viewer.logIn(installation)
        let cameras = try await farm.add(to: viewer)
        try await Recording.waitUntilAllLive(viewer, count: 3)
        let start = Recording.now()
        let names = NameAudit(installation, viewer)
        let watching = Task { await names.watch(cameras) }
        defer { watching.cancel() }
        var outages: [Outage] = []
        for _ in 0..<Self.rounds {
            for (role, reason) in [("recorder", GapReason.recorderCrash), ("ingest", .workerDown)] {
                try await recordForAWhile(&random)
                outages.append(try await kill(role, reason, installation, &random))
                print(outages[outages.count - 1])
                try await Recording.waitUntilAllLive(viewer, count: 3, within: .seconds(90))
            }
            try await recordForAWhile(&random)
            outages.append(try await killEverything(installation))
            print(outages[outages.count - 1])
            try await Recording.waitUntilAllLive(viewer, count: 3, within: .seconds(90))
        }
        try await Task.sleep(for: .seconds(8))
        let end = Recording.now()
        try await OutageAudit(outages: outages, start: start, end: end, seed: Self.seed)
            .run(viewer, cameras, folder: installation.folder + "-decode")
        watching.cancel()
        await watching.value
        print("kills: \(await names.summary)")
        #expect(await names.hasSeenEachKind)
        let violations = await names.violations
        #expect(violations.isEmpty, "seed \(Self.seed): \(violations.prefix(10))")
    }

    /// Until beyond a chunk's border at most; long enough that a loss belongs to one kill only.
    private func recordForAWhile(_ random: inout SeededRandom) async throws {
        try await Task.sleep(for: .milliseconds(Int64.random(in: 4_500...12_000, using: &random)))
    }

    /// Kills one process of a role and waits until a new recorder runs; nobody helps.
    private func kill(
        _ role: String,
        _ reason: GapReason,
        _ installation: SparcInstallation,
        _ random: inout SeededRandom
    ) async throws -> Outage {
        let before = installation.processes()
        let candidates = before.filter { $0.role == role }.sorted { $0.id < $1.id }
        let victim = try #require(candidates.randomElement(using: &random))
        let killed = Recording.now()
        Foundation.kill(victim.id, SIGKILL)
        let known = Set(before.map(\.id))
        return Outage(
            what: "kill of \(role)",
            reason: reason,
            killed: killed,
            back: try await waitForRecorder(installation, otherThan: known)
        )
    }

    private func killEverything(_ installation: SparcInstallation) async throws -> Outage {
        let killed = Recording.now()
        await installation.killAll()
        let left = ProcessTable.all(mentioning: installation.folder)
        for process in left { Foundation.kill(process.id, SIGKILL) }
        try await installation.start()
        return Outage(
            what: "kill of everything",
            reason: .workerDown,
            killed: killed,
            back: try await waitForRecorder(installation, otherThan: [])
        )
    }

    private func waitForRecorder(
        _ installation: SparcInstallation,
        otherThan known: Set<Int32>
    ) async throws -> WallTime {
        let deadline = ContinuousClock.now + .seconds(90)
        while ContinuousClock.now < deadline {
            let found = installation.processes().contains {
                $0.role == "recorder" && !known.contains($0.id)
            }
            if found { return Recording.now() }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Recording.Failure(description: "no recorder within 90 s after a kill")
    }
}
