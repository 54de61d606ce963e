import Domain

/// What one method of recording did in one run.
struct MethodResult: Sendable {
    var method: String
    var cameras: Int
    /// Length of the measured window.
    var seconds = 0.0
    /// CPU seconds per camera-minute by group.
    var cpu: [String: Double] = [:]
    /// MB of PSS per camera by group, at the end of the window.
    var memory: [String: Double] = [:]
    var latency = Percentiles([])
    /// The part of it until a live playlist lists the segment; of SPARC only.
    var listed = Percentiles([])
    var pictures = 0
    var lost = 0
    var repeated = 0
    /// Cores that the rest of the machine kept busy in the window.
    var otherCores = 0.0
    var void: [String] = []

    /// The group that does what the peer does: worker and recorders, or ffmpeg.
    static let recording = "recording"

    /// Fills in what the window's two ends say.
    mutating func take(_ before: ProcessGroupUsage, _ after: ProcessGroupUsage) {
        seconds = (after.at - before.at).seconds
        let minutes = seconds / 60 * Double(cameras)
        var own = 0.0
        for (name, used) in after.cpu {
            let spent = used - (before.cpu[name] ?? 0)
            own += spent
            cpu[name] = spent / minutes
        }
        otherCores = (after.machineBusy - before.machineBusy - own) / seconds
    }

    var figures: [String: Double] {
        var all: [String: Double] = [
            "cameras": Double(cameras), "window_seconds": seconds,
            "pictures": Double(pictures), "pictures_lost": Double(lost),
            "pictures_repeated": Double(repeated), "latency_samples": Double(latency.count),
            "other_busy_cores": otherCores,
        ]
        for (name, value) in cpu { all["cpu_seconds_per_camera_minute_\(name)"] = value }
        for (name, value) in memory { all["pss_megabytes_per_camera_\(name)"] = value }
        all["latency_p50_seconds"] = latency.at(50)
        all["latency_p95_seconds"] = latency.at(95)
        all["latency_max_seconds"] = latency.max
        all["listed_p50_seconds"] = listed.at(50)
        all["listed_p95_seconds"] = listed.at(95)
        return all
    }

    var lines: [String] {
        let groups = cpu.keys.sorted().map { name in
            "\(name) \(Text.number(cpu[name] ?? 0)) CPU s/camera-min, "
                + "\(Text.number(memory[name] ?? 0)) MB/camera"
        }
        let times = [50, 95, 100].map { latency.at($0).map(Text.number) ?? "-" }
        return groups.map { "  \(method): \($0)" } + [
            "  \(method): \(pictures) pictures, lost \(lost), repeated \(repeated); sent to "
                + "readable p50 \(times[0]) s, p95 \(times[1]) s, max \(times[2]) s of "
                + "\(latency.count) (listed p50 \(listed.median.map(Text.number) ?? "-") s); \(Text.number(otherCores)) cores busy elsewhere"
        ]
    }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
