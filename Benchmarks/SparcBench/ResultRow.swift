import Domain
import Foundation

/// One raw row of a results file: what was measured, where and when.
struct ResultRow: Encodable, Sendable {
    /// `ingest`, `archive`, `start`, `requests`, `large` or `identity`.
    var benchmark: String
    /// `sparc` or `ffmpeg`.
    var method: String
    var at: WallTime
    /// By name with unit, such as `cpu_seconds_per_camera_minute`.
    var figures: [String: Double]
    /// Why the row proves nothing; empty for a good one.
    var void: [String] = []
    var machine: Machine

    init(
        _ benchmark: String,
        _ method: String,
        _ figures: [String: Double],
        void: [String] = [],
        machine: Machine
    ) {
        self.benchmark = benchmark
        self.method = method
        at = WallTime.current
        self.figures = figures
        self.void = void
        self.machine = machine
    }

    /// One line of JSON with its keys in order.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var rounded = self
        rounded.figures = figures.mapValues { ($0 * 1e6).rounded() / 1e6 }
        return String(decoding: try encoder.encode(rounded), as: UTF8.self)
    }
}

extension WallTime {
    static var current: WallTime {
        WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
    }
}
