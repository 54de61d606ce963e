internal import Domain

/// What an operator is told about a stream: its state and the reasons for it. A value; says when
/// there is something new to tell.
struct StreamCondition {
    private let key: StreamKey
    private var state = CameraState.starting
    private var since: WallTime
    /// Why it is not connected, or what ails the disk.
    private var trouble: String?
    private var diskTrouble: String?
    /// Shows `diskTrouble` also while recording goes on.
    private var diskTroubleUntil: MonotonicTime?
    private var warnings: [String] = []
    private var lossUntil: MonotonicTime?
    private var isConnected = false
    private var told: StreamStatus?

    init(_ key: StreamKey, at now: WallTime) {
        self.key = key
        since = now
    }

    /// PLAY was answered.
    mutating func connected(warnings: [String]) {
        self.warnings = []
        for warning in warnings { warn(warning) }
    }

    /// The first picture of a connection came.
    mutating func live() {
        isConnected = true
        trouble = nil
        state = .live
    }

    mutating func stalled(_ verdict: MediaWatch.Verdict) {
        let message =
            switch verdict {
            case .silent: "the camera is connected but sends no pictures"
            case .unrecorded: "the camera sends pictures, but none that recording can begin with"
            }
        disconnect(.stalled, message)
    }

    mutating func offline(_ message: String) {
        disconnect(.offline, message)
    }

    mutating func refused(_ message: String) {
        disconnect(.authFailed, message)
    }

    private mutating func disconnect(_ state: CameraState, _ message: String) {
        isConnected = false
        lossUntil = nil
        self.state = state
        trouble = message
    }

    /// Shown for as long as the connection lasts.
    mutating func warn(_ text: String) {
        guard warnings.count < RecorderLimits.reasons, !warnings.contains(text) else { return }
        warnings.append(text)
    }

    /// Packets were lost.
    mutating func lost(until: MonotonicTime) {
        lossUntil = until
    }

    /// The disk fails; shown while nothing is recorded for it, and at least until a moment.
    mutating func diskFailed(_ text: String, until: MonotonicTime? = nil) {
        diskTrouble = text
        diskTroubleUntil = until ?? diskTroubleUntil
    }

    mutating func tick(at now: MonotonicTime) {
        if let lossUntil, now >= lossUntil { self.lossUntil = nil }
        if let diskTroubleUntil, now >= diskTroubleUntil { self.diskTroubleUntil = nil }
    }

    /// The status if it is not what was told last.
    mutating func status(gap: GapReason?, at now: WallTime) -> StreamStatus? {
        if gap != .diskFull, diskTroubleUntil == nil { diskTrouble = nil }
        var reasons = [trouble, diskTrouble].compactMap { $0 }
        if lossUntil != nil { reasons.append("packets are lost on the way from the camera") }
        if isConnected { reasons += warnings }
        let current: CameraState =
            isConnected ? (reasons.isEmpty ? .live : .degraded) : state
        if let told, told.state == current, told.reasons == reasons, told.gap == gap { return nil }
        if told?.state != current { since = now }
        let status = StreamStatus(
            camera: key.camera,
            stream: key.stream,
            state: current,
            since: since,
            reasons: reasons,
            gap: gap
        )
        told = status
        return status
    }
}
