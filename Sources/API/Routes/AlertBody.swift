internal import Domain

/// An alert as responses show it.
struct AlertBody: Encodable {
    var id: AlertID
    var cameraId: CameraID
    var kind: AlertKind
    var state: AlertState
    var isProblemPresent: Bool
    var reasons: [String]
    var occurrences: Int
    var openedAt: WallTime
    var acknowledgedAt: WallTime?
    var acknowledgedBy: UserID?
    var resolvedAt: WallTime?
    var resolvedBy: UserID?

    init(_ alert: Alert) {
        id = alert.id
        cameraId = alert.camera
        kind = alert.kind
        state = alert.state
        isProblemPresent = alert.isProblemPresent
        reasons = alert.reasons
        occurrences = alert.occurrences
        openedAt = alert.openedAt
        acknowledgedAt = alert.acknowledgedAt
        acknowledgedBy = alert.acknowledgedBy
        resolvedAt = alert.resolvedAt
        resolvedBy = alert.resolvedBy
    }
}
