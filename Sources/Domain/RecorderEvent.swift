/// What a recorder tells its worker, one line each (`line`) on the recorder's standard output.
/// Never holds a credential.
package enum RecorderEvent: Sendable, Codable {
    /// The process is confined and takes commands. Always the first line.
    case ready(sandbox: String)
    /// The I/O thread runs: once a second. A recorder that does not say so for some seconds is killed.
    case alive
    /// A chunk's journal grew by a fragment that begins or ends a segment, or the chunk was closed.
    case journal(camera: CameraID, stream: StreamRole, epoch: Int64, sequence: Int64)
    /// The stream changed its state, or the reason for it.
    case state(StreamStatus)
    /// Once every few seconds per connected stream.
    case statistics(StreamStatistics)
    /// One log line; `level` is a level of swift-log.
    case log(level: String, message: String, camera: CameraID?)
}

/// The state of one stream.
package struct StreamStatus: Sendable, Codable, Hashable {
    package var camera: CameraID
    package var stream: StreamRole
    package var state: CameraState
    package var since: WallTime
    /// What an operator reads: `wrong user name or password`, `the camera's audio is G.711 …`.
    package var reasons: [String]
    /// The reason of the gap that is open while nothing is recorded.
    package var gap: GapReason?

    package init(
        camera: CameraID,
        stream: StreamRole,
        state: CameraState,
        since: WallTime,
        reasons: [String],
        gap: GapReason?
    ) {
        self.camera = camera
        self.stream = stream
        self.state = state
        self.since = since
        self.reasons = reasons
        self.gap = gap
    }
}

/// Counters of one stream over the last interval and since the recorder's start.
package struct StreamStatistics: Sendable, Codable, Hashable {
    package var camera: CameraID
    package var stream: StreamRole
    /// Pictures per second over the last interval.
    package var frameRate: Double
    /// Media bits per second over the last interval.
    package var bitRate: Int
    package var lastKeyframeAt: WallTime?
    /// Connections made after the first.
    package var reconnects: Int
    /// RTP packets missing, since the start.
    package var packetsLost: Int

    package init(
        camera: CameraID,
        stream: StreamRole,
        frameRate: Double,
        bitRate: Int,
        lastKeyframeAt: WallTime?,
        reconnects: Int,
        packetsLost: Int
    ) {
        self.camera = camera
        self.stream = stream
        self.frameRate = frameRate
        self.bitRate = bitRate
        self.lastKeyframeAt = lastKeyframeAt
        self.reconnects = reconnects
        self.packetsLost = packetsLost
    }
}
