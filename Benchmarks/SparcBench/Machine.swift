import Foundation
import TestSupport

/// Where a row was measured, and by which commit.
struct Machine: Encodable, Sendable {
    var commit: String
    var cpu: String
    var cores: Int
    var memoryGiB: Double
    var kernel: String
    var ffmpeg: String
    var postgres: String
    /// Load average of one minute before the benchmark began.
    var loadBefore: Double

    static func read() async -> Machine {
        let root = SparcInstallation.packageRoot
        let head = await line("/usr/bin/git", ["-C", root, "rev-parse", "--short=12", "HEAD"])
        let changed = await line(
            "/usr/bin/git",
            ["-C", root, "status", "--porcelain", "--", "Sources", "Package.swift"]
        )
        let memory = ProcFile.value("MemTotal", in: "/proc/meminfo") ?? 0
        return Machine(
            commit: (head ?? "unknown") + (changed == nil ? "" : "-changed"),
            cpu: ProcFile.text("/proc/cpuinfo").split(separator: "\n")
                .first { $0.hasPrefix("model name") }?.split(separator: ":").last
                .map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown",
            cores: ProcessInfo.processInfo.activeProcessorCount,
            memoryGiB: (memory / 1_048_576 * 10).rounded() / 10,
            kernel: ProcFile.text("/proc/sys/kernel/osrelease")
                .trimmingCharacters(in: .whitespacesAndNewlines),
            ffmpeg: await line("/usr/bin/ffmpeg", ["-version"])?.split(separator: " ")
                .dropFirst(2).first.map(String.init) ?? "none",
            postgres: await line("/usr/bin/psql", ["--version"])?.split(separator: " ")
                .dropFirst(2).first.map(String.init) ?? "none",
            loadBefore: ProcFile.text("/proc/loadavg").split(separator: " ").first
                .flatMap { Double($0) } ?? 0
        )
    }

    /// The first line that a program prints; nil without one.
    private static func line(_ program: String, _ arguments: [String]) async -> String? {
        guard FileManager.default.isExecutableFile(atPath: program) else { return nil }
        let ran = try? await ShellCommand.run(
            program,
            arguments,
            environment: ["HOME": "/root", "LC_ALL": "C.UTF-8"]
        )
        return ran?.output.split(separator: "\n").first.map(String.init)
    }
}
