package import Domain

/// One look at everything that decides whether a camera needs an alert.
package struct HealthSnapshot: Sendable {
    /// A stream that should be recorded.
    package struct Stream: Hashable, Sendable {
        package var tenant: TenantID
        package var camera: CameraID
        package var stream: StreamRole
        /// Who records it.
        package var worker: WorkerID?
        package var report: Report?
        /// Whether the coordinator was told in the last minutes that recorded footage was given up.
        package var isLosing = false
    }

    /// The last report of a stream, whoever made it.
    package struct Report: Hashable, Sendable {
        package var worker: WorkerID
        package var condition: CameraCondition
        package var reportedAt: WallTime
    }

    /// The judged state that is stored of a camera.
    package struct State: Hashable, Sendable {
        package var tenant: TenantID
        package var camera: CameraID
        package var state: CameraState
    }

    /// A problem that is taken to last.
    package struct Problem: Hashable, Sendable {
        package var tenant: TenantID
        package var camera: CameraID
        package var kind: AlertKind
    }

    package var streams: [Stream]
    package var states: [State]
    package var problems: [Problem]
}
