/// What an alert is about. With the camera it is what makes two alerts one: a camera has at most
/// one of each kind that is not resolved. A closed list, the same in SQL, API and console.
package enum AlertKind: String, Sendable, Codable, Hashable, CaseIterable, Comparable {
    /// No picture arrives: offline, stalled, refused, quarantined, or nobody records it.
    case cameraDown = "camera_down"
    /// Recorded, but with loss or a warning.
    case cameraDegraded = "camera_degraded"
    /// The camera delivers, but nothing is recorded: a full disk, a recorder that crashes.
    case recordingGap = "recording_gap"
    /// What is recorded is not stored for so long that the worker's spool is nearly full: footage
    /// will be lost.
    case spoolFilling = "spool_filling"
    /// Recorded footage was given up because the spool was full.
    case footageLost = "footage_lost"

    package static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}
