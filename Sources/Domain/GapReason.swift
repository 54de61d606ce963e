/// Why pictures will never play. A closed list: SQL, API, playlists and metrics use these words.
package enum GapReason: String, Sendable, Codable, Hashable, CaseIterable {
    /// The camera went away or was silent for longer than the limit.
    case cameraOffline = "camera_offline"
    /// No connection could be made.
    case connectFailed = "connect_failed"
    /// The camera refused the user name or password.
    case authFailed = "auth_failed"
    /// Packets were lost on the way; pictures up to the next key frame are unusable.
    case packetLoss = "packet_loss"
    /// Pictures arrived before the first key frame of a run.
    case noKeyframe = "no_keyframe"
    /// The camera's clock jumped by more than can be smoothed.
    case timeJump = "time_jump"
    /// The recorder process ended without being asked to.
    case recorderCrash = "recorder_crash"
    /// The ingest worker was not running.
    case workerDown = "worker_down"
    /// The disk was full or too slow.
    case diskFull = "disk_full"
}
