import Domain
import Foundation
import Processes
import TestSupport

/// The peer: one `ffmpeg -c copy -f hls` per camera.
struct FfmpegMethod {
    static let program = "/usr/bin/ffmpeg"

    let simulator: Simulator
    let plan: IngestPlan
    private let folder = "/tmp/sparc-bench-ffmpeg-\(UInt32.random(in: 0 ... .max))"

    func run() async throws -> MethodResult {
        var children: [ChildProcess] = []
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            for camera in 0..<simulator.count {
                children.append(try start(camera))
                // 128 at once would starve the simulator while they look for their streams.
                try await Task.sleep(for: .milliseconds(60))
            }
            let result = try await measure(children)
            await stop(children)
            return result
        } catch {
            await stop(children)
            throw error
        }
    }

    private func start(_ camera: Int) throws -> ChildProcess {
        let path = "\(folder)/\(camera)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return try ChildProcess(
            executable: Self.program,
            arguments: [
                "-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-rtsp_transport", "tcp",
                "-i", simulator.url(camera), "-c", "copy", "-f", "hls", "-hls_time", "4",
                "-hls_list_size", "5", "-hls_segment_type", "fmp4", "-hls_flags",
                "temp_file+program_date_time", "-hls_fmp4_init_filename", "init.mp4",
                "-hls_segment_filename", path + "/s%05d.m4s", path + "/index.m3u8",
            ],
            environment: ["PATH": "/usr/bin:/bin"],
            errorOutput: { _ in }
        )
    }

    private func measure(_ children: [ChildProcess]) async throws -> MethodResult {
        var result = MethodResult(method: "ffmpeg", cameras: simulator.count)
        try await waitUntilAllRecord()
        let start = try await simulator.counters()
        try await Task.sleep(for: plan.warmUp)
        let own = Set(children.map(\.processID))
        let processes = ProcessTable.all().filter { own.contains($0.id) }
        let group: (ProcessTable.Entry) -> String? = { _ in MethodResult.recording }
        let begun = WallTime.current
        let before = ProcessGroupUsage(processes, group: group)
        try await Task.sleep(for: plan.window)
        result.take(before, ProcessGroupUsage(processes, group: group))
        let ended = WallTime.current
        result.memory = ProcessGroupUsage.memory(processes, group: group)
            .mapValues { $0 / Double(simulator.count) }
        result.void += Simulator.faults(start, try await simulator.counters())
        await stop(children)
        try await audit(&result, window: begun..<ended)
        return result
    }

    /// Recording means: the first segment of each is complete.
    private func waitUntilAllRecord() async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            let waiting = (0..<simulator.count).filter {
                !FileManager.default.fileExists(atPath: "\(folder)/\($0)/s00000.m4s")
            }
            if waiting.isEmpty { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw BenchFailure("ffmpeg does not record all cameras after 120 s")
    }

    /// Pictures of the whole run, and the latency of the segments completed in the window.
    private func audit(_ result: inout MethodResult, window: Range<WallTime>) async throws {
        let completed = try await completionTimes()
        var latency: [Double] = []
        for camera in 0..<simulator.count {
            var stamps: [PictureStamp] = []
            let path = "\(folder)/\(camera)"
            let names = try FileManager.default.contentsOfDirectory(atPath: path)
                .filter { $0.hasPrefix("s") && $0.hasSuffix(".m4s") }.sorted()
            for name in names {
                let data = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
                let found = PictureStamp.all(in: Array(data))
                stamps += found
                guard let last = found.last, let time = completed["\(path)/\(name)"],
                    window.contains(time)
                else { continue }
                latency.append(time.seconds - last.sentAt.seconds)
            }
            let recording = Recording(stamps)
            result.pictures += recording.audit.count
            result.lost += recording.audit.missing.count
            result.repeated += recording.audit.repeated.count
        }
        result.latency = Percentiles(latency)
    }

    /// When each segment got its final name: the status change time, which `rename` sets.
    private func completionTimes() async throws -> [String: WallTime] {
        let found = try await ShellCommand.run(
            "/usr/bin/find",
            [folder, "-name", "s*.m4s", "-printf", "%C@ %p\\n"]
        )
        var times: [String: WallTime] = [:]
        for line in found.output.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, let seconds = Double(parts[0]) else { continue }
            times[String(parts[1])] = WallTime(microseconds: Int64(seconds * 1e6))
        }
        return times
    }

    /// At once: what a last segment would hold is not missed by anybody.
    private func stop(_ children: [ChildProcess]) async {
        for child in children { child.signal(SIGKILL) }
        for child in children { _ = await child.waitForExit() }
    }
}
