package import Domain

/// Footage that retention does not delete, whatever its age.
package struct Hold: Hashable, Sendable {
    /// Longest reason, characters.
    package static let reasonLimit = 500
    /// Most holds of a tenant that hold, all in one answer: every old chunk is compared with them.
    package static let limit = 1_000

    package var id: HoldID
    /// Nil: all cameras of the tenant.
    package var camera: CameraID?
    /// Every chunk that has a picture between the two is kept whole.
    package var from: WallTime
    package var to: WallTime
    package var reason: String
    package var createdBy: UserID
    package var createdAt: WallTime
    /// Nil while it holds.
    package var releasedAt: WallTime?
}

/// What a new hold is made of.
package struct NewHold: Hashable, Sendable {
    package var camera: CameraID?
    package var from: WallTime
    package var to: WallTime
    package var reason: String
    package var createdBy: UserID

    package init(
        camera: CameraID?,
        from: WallTime,
        to: WallTime,
        reason: String,
        createdBy: UserID
    ) {
        self.camera = camera
        self.from = from
        self.to = to
        self.reason = reason
        self.createdBy = createdBy
    }
}
