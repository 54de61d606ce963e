import Domain
import Foundation
import Processes
import TestSupport

/// A real `sparc up` with one worker, its data in a folder of its own.
struct SparcMethod {
    let simulator: Simulator
    let plan: IngestPlan

    /// The environment of an installation that records simulated cameras.
    static let environment = [
        "SPARC_ENV": "development", "CAMERA_NETWORKS": "127.0.0.0/8",
        "SPARC_RATE_READS": "0", "SPARC_RATE_WRITES": "0", "SPARC_RATE_PLAYLISTS": "0",
        "SPARC_RATE_UNKNOWN": "0",
    ]

    func run() async throws -> MethodResult {
        let installation = try SparcInstallation(isDemo: false, environment: Self.environment)
        do {
            try await installation.start()
            let result = try await measure(installation)
            await installation.cleanUp()
            return result
        } catch {
            let log = installation.log.suffix(3_000)
            await installation.cleanUp()
            throw BenchFailure("\(error)\n\(log)")
        }
    }

    /// The processes of an installation by what they do.
    static func group(_ process: ProcessTable.Entry) -> String? {
        if process.command.contains("postgres") { return "postgres" }
        switch process.role {
        case "ingest", "recorder": return MethodResult.recording
        case "coordinator": return "coordinator"
        default: return "supervisor"
        }
    }

    /// Adds all cameras and waits until each is live.
    static func addCameras(
        _ simulator: Simulator,
        to viewer: Viewer
    ) async throws
        -> [Viewer.Camera]
    {
        var cameras: [Viewer.Camera] = []
        for number in 0..<simulator.count {
            cameras.append(
                try await viewer.addCamera(
                    name: "Camera \(number)",
                    url: simulator.url(number)
                )
            )
        }
        let deadline = ContinuousClock.now + .seconds(90)
        while ContinuousClock.now < deadline {
            let states = try await viewer.cameras().map(\.state)
            if states.filter({ $0 == "live" }).count >= simulator.count { return cameras }
            try await Task.sleep(for: .milliseconds(250))
        }
        throw BenchFailure("not all cameras are live after 90 s")
    }

    private func measure(_ installation: SparcInstallation) async throws -> MethodResult {
        var result = MethodResult(method: "sparc", cameras: simulator.count)
        let viewer = try await Viewer.logIn(installation)
        let start = WallTime.current
        let counters = try await simulator.counters()
        let cameras = try await Self.addCameras(simulator, to: viewer)
        try await Task.sleep(for: plan.warmUp)
        let before = ProcessGroupUsage(installation.processes(), group: Self.group)
        try await Task.sleep(for: plan.window)
        let processes = installation.processes()
        result.take(before, ProcessGroupUsage(processes, group: Self.group))
        result.memory = ProcessGroupUsage.memory(processes, group: Self.group)
            .mapValues { $0 / Double(simulator.count) }
        let step = max(1, cameras.count / plan.watched)
        let watched = stride(from: 0, to: cameras.count, by: step).map { cameras[$0] }
        let samples = try await LiveWatch(viewer: viewer)
            .samples(watched, for: plan.latencyWindow)
        result.listed = Percentiles(samples.map(\.listed))
        result.latency = Percentiles(samples.map(\.readable))
        result.void += Simulator.faults(counters, try await simulator.counters())
        try await audit(&result, cameras, viewer, from: start)
        return result
    }

    /// Plays everything that was recorded, what is shipped and what is not.
    private func audit(
        _ result: inout MethodResult,
        _ cameras: [Viewer.Camera],
        _ viewer: Viewer,
        from start: WallTime
    ) async throws {
        for camera in cameras {
            let end = WallTime.current
            let playlist = try await viewer.archivePlaylist(camera.id, from: start, to: end)
            var stamps: [PictureStamp] = []
            for entry in PlaylistEntry.all(in: playlist) where !entry.isGap {
                stamps += PictureStamp.all(in: try await viewer.fetch(entry.uri, entry.range))
            }
            let recording = Recording(stamps)
            result.pictures += recording.audit.count
            result.lost += recording.audit.missing.count
            result.repeated += recording.audit.repeated.count
            if stamps.isEmpty { result.void.append("\(camera.name) has no recording") }
            guard !recording.holes.isEmpty else { continue }
            let gaps = try await viewer.timeline(camera.id, from: start, to: end).gaps
                .filter { $0.start < $0.end }.map { $0.start..<$0.end }
            let silent = recording.unexplained(gaps)
            if !silent.isEmpty {
                result.void.append("\(camera.name): \(silent.count) gaps have no row")
            }
        }
    }
}
