import Foundation
import Glibc
import TestSupport

/// What a group of processes has used, by name of the group.
struct ProcessGroupUsage: Sendable {
    /// CPU seconds since the start, of ended children too.
    var cpu: [String: Double] = [:]
    /// Seconds that the cores of the machine were busy, whoever used them.
    var machineBusy: Double
    var at = ContinuousClock.now

    static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))

    /// - Parameter group: The group's name for a process; nil for one that is not counted.
    init(_ processes: [ProcessTable.Entry], group: (ProcessTable.Entry) -> String?) {
        for process in processes {
            guard let name = group(process) else { continue }
            let stat = ProcFile.text("/proc/\(process.id)/stat")
            let used = ProcFile.cpuSeconds(stat: stat, ticksPerSecond: Self.ticksPerSecond)
            cpu[name, default: 0] += used ?? 0
        }
        machineBusy = ProcFile.busySeconds(
            ProcFile.text("/proc/stat"),
            ticksPerSecond: Self.ticksPerSecond
        )
    }

    /// Proportional set size in MB (2^20 bytes) by group, now.
    static func memory(
        _ processes: [ProcessTable.Entry],
        group: (ProcessTable.Entry) -> String?
    ) -> [String: Double] {
        var sums: [String: Double] = [:]
        for process in processes {
            guard let name = group(process) else { continue }
            let size = ProcFile.value("Pss", in: "/proc/\(process.id)/smaps_rollup")
            sums[name, default: 0] += (size ?? 0) / 1_024
        }
        return sums
    }
}
