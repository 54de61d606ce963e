import Domain

/// What an operator is told about a stream that crashed its recorder.
struct QuarantineNotice: Sendable, Hashable {
    /// Crashes since it was last like any other stream.
    var crashes: Int
    var lastCrashAt: WallTime
    /// Its own recorder has not run well for a while since.
    var isCrashing: Bool

    /// A stream's status with the notice: `quarantined` while it keeps crashing, `degraded` when it
    /// is recorded; why it cannot be reached stays in front.
    func applied(to status: StreamStatus) -> StreamStatus {
        var status = status
        switch status.state {
        case .starting, .live, .degraded:
            if isCrashing {
                status.state = .quarantined
            } else if status.state == .live {
                status.state = .degraded
            }
        case .stalled, .offline, .authFailed, .quarantined, .unassigned:
            break
        }
        status.reasons.insert(reason, at: 0)
        return status
    }

    private var reason: String {
        let what =
            crashes == 1
            ? "what the camera sends crashed its recorder at \(lastCrashAt)"
            : "what the camera sends crashed its recorder \(crashes) times, last at \(lastCrashAt)"
        return "\(what); it runs in a recorder of its own"
    }
}
