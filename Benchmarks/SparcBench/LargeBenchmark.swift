import Database
import Domain
import Foundation
import Processes
import TestSupport
import Transfer

/// A retention run among many rows while players go on: its time, its locks, and how long an
/// archive playlist takes before and during it.
struct LargeBenchmark {
    /// Bytes of disk that a row takes with its indexes and what PostgreSQL keeps beside it.
    private static let rowBytes = 900
    /// Bytes that stay free.
    private static let reserve = 5 << 30

    let days: Int
    let cameras: Int
    let requests: Int
    let machine: Machine

    func run() async throws -> ResultRow {
        let rows = days * 1_440 * cameras
        try checkDisk(rows)
        Text.say("large: \(rows) rows, \(days) days of \(cameras) cameras")
        let installation = try SparcInstallation(
            isDemo: false,
            environment: SparcMethod.environment
        )
        do {
            try await installation.start()
            let figures = try await measure(installation)
            await installation.cleanUp()
            return ResultRow("large", "sparc", figures, machine: machine)
        } catch {
            let log = installation.log.suffix(3_000)
            await installation.cleanUp()
            throw BenchFailure("\(error)\n\(log)")
        }
    }

    private func checkDisk(_ rows: Int) throws {
        let folder = FileManager.default.temporaryDirectory.path
        let values = try FileManager.default.attributesOfFileSystem(forPath: folder)
        let free = (values[.systemFreeSize] as? NSNumber)?.intValue ?? 0
        let needed = rows * Self.rowBytes + Self.reserve
        guard free >= needed else {
            throw BenchFailure(
                "\(folder) has \(free >> 30) GB free, \(needed >> 30) GB are needed: use fewer "
                    + "--cameras, or a larger disk by TMPDIR"
            )
        }
    }

    private func measure(_ installation: SparcInstallation) async throws -> [String: Double] {
        let viewer = try await Viewer.logIn(installation)
        var added: [Viewer.Camera] = []
        for number in 0..<cameras {
            let url = "rtsp://127.0.0.1:9/cam\(number)"
            added.append(try await viewer.addCamera(name: "Camera \(number)", url: url))
        }
        let clock = ContinuousClock()
        let begun = clock.now
        let fill = try await ArchiveFill(installation, days: days)
        let rows = try await fill.run()
        var figures = ["rows": Double(rows), "fill_seconds": (clock.now - begun).seconds]
        // No worker tries to reach them, and the footage of a removed camera ends by the same rule.
        for camera in added { _ = try await viewer.send(.delete, "/api/v1/cameras/\(camera.id)") }
        try await shorten(installation)
        figures["table_gigabytes"] = try await size(installation)
        Text.say(
            "  \(rows) rows in \(Text.number(figures["fill_seconds"] ?? 0)) s, "
                + "\(Text.number(figures["table_gigabytes"] ?? 0)) GB"
        )
        let playback = ArchivePlayback(
            viewer: viewer,
            cameras: added,
            fill: fill,
            skippedDays: 2
        )
        let before = try await playback.times(requests)
        try await runRetention(installation, playback, &figures)
        figures["playback_p50_before_seconds"] = before.at(50)
        figures["playback_p99_before_seconds"] = before.at(99)
        figures["playback_max_before_seconds"] = before.max
        show(figures)
        return figures
    }

    private struct Run: Decodable {
        var deletedChunks: Int
        var droppedDays: [String]
        var lateChunks: Int
        var failures: Int
    }

    private func runRetention(
        _ installation: SparcInstallation,
        _ playback: ArchivePlayback,
        _ figures: inout [String: Double]
    ) async throws {
        let observation = try await observe(installation, playback)
        let (command, times, sample) = observation
        figures["retention_seconds"] = command.seconds
        guard command.run.status.isSuccess else { throw BenchFailure(command.run.errors) }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let run = try decoder.decode(Run.self, from: Data(command.run.output.utf8))
        guard run.lateChunks == 0, run.failures == 0, run.deletedChunks > 0 else {
            throw BenchFailure("the run is not complete: \(command.run.output)")
        }
        figures["deleted_chunks"] = Double(run.deletedChunks)
        figures["dropped_days"] = Double(run.droppedDays.count)
        figures["lock_longest_wait_seconds"] = sample.longestWait
        figures["lock_closed_seconds"] = sample.closedSeconds
        figures["lock_looks"] = Double(sample.looks)
        figures["playback_during"] = Double(times.count)
        figures["playback_p50_during_seconds"] = times.at(50)
        figures["playback_p99_during_seconds"] = times.at(99)
        figures["playback_max_during_seconds"] = times.max
    }

    private enum Part: Sendable {
        case command(ShellCommand, seconds: Double)
        case playback(Percentiles)
        case locks(LockSample)
    }

    /// Runs the command, and until it ends players and the look at locks.
    private func observe(
        _ installation: SparcInstallation,
        _ playback: ArchivePlayback
    ) async throws -> ((run: ShellCommand, seconds: Double), Percentiles, LockSample) {
        try await withThrowingTaskGroup(of: Part.self) { group in
            group.addTask { .playback(try await playback.timesUntilCancelled()) }
            group.addTask { .locks(try await LockSample.run(installation)) }
            group.addTask {
                let begun = ContinuousClock.now
                let run = try await ShellCommand.run(
                    SparcInstallation.executable,
                    ["retention", "run", "--force", "--json", "--data-dir", installation.folder],
                    environment: ["PATH": "/usr/bin:/bin"]
                )
                return .command(run, seconds: (ContinuousClock.now - begun).seconds)
            }
            var command: (run: ShellCommand, seconds: Double)?
            var times = Percentiles([])
            var sample = LockSample()
            for try await part in group {
                switch part {
                case .command(let run, let seconds):
                    command = (run, seconds)
                    group.cancelAll()
                case .playback(let found): times = found
                case .locks(let found): sample = found
                }
            }
            guard let command else { throw BenchFailure("retention did not run") }
            return (command, times, sample)
        }
    }

    private func show(_ figures: [String: Double]) {
        for (name, value) in figures.sorted(by: { $0.key < $1.key }) {
            Text.say("  \(name): \(Text.number(value))")
        }
    }

    /// One day less than there is: a whole day and a part of one are past their retention.
    private func shorten(_ installation: SparcInstallation) async throws {
        let connection = try await installation.openDatabase()
        let days = days
        try await connection.run { session throws(DatabaseError) in
            try session.run("UPDATE sparc.tenants SET retention_days = \(days - 1)")
            // What is older than its camera would be kept from its registration on.
            try session.run("UPDATE sparc.cameras SET created_at = '2020-01-01T00:00:00Z'")
        }
        await connection.close()
    }

    private func size(_ installation: SparcInstallation) async throws -> Double {
        let connection = try await installation.openDatabase()
        let bytes = try await connection.run { session throws(DatabaseError) in
            try session.query("SELECT pg_database_size(current_database())").first?
                .value(0, as: Int.self)
        }
        await connection.close()
        return Double(bytes ?? 0) / 1e9
    }
}
