/// Something about a camera that somebody has to hear of.
package struct Alert: Hashable, Sendable {
    package var id: AlertID
    package var tenant: TenantID
    package var camera: CameraID
    package var kind: AlertKind
    package var state: AlertState
    /// Whether the problem itself lasts, whatever people did about the alert.
    package var isProblemPresent: Bool
    /// What an operator reads.
    package var reasons: [String]
    package var openedAt: WallTime
    package var acknowledgedAt: WallTime?
    package var acknowledgedBy: UserID?
    package var resolvedAt: WallTime?
    /// Nil while it is not resolved, and when it resolved by itself.
    package var resolvedBy: UserID?
    /// How often it opened; more than 1 if the problem came back soon after its end.
    package var occurrences: Int

    /// A new alert, open.
    package init(
        id: AlertID = AlertID(),
        tenant: TenantID,
        camera: CameraID,
        kind: AlertKind,
        reasons: [String],
        openedAt: WallTime
    ) {
        self.id = id
        self.tenant = tenant
        self.camera = camera
        self.kind = kind
        state = .open
        isProblemPresent = true
        self.reasons = reasons
        self.openedAt = openedAt
        occurrences = 1
    }
}
