internal import Catalog
internal import Domain

/// A hold as responses show it.
struct HoldBody: Encodable {
    var id: HoldID
    /// Absent: of all cameras.
    var cameraId: CameraID?
    var from: WallTime
    var to: WallTime
    var reason: String
    var createdBy: UserID
    var createdAt: WallTime

    init(_ hold: Hold) {
        id = hold.id
        cameraId = hold.camera
        from = hold.from
        to = hold.to
        reason = hold.reason
        createdBy = hold.createdBy
        createdAt = hold.createdAt
    }
}
