/// Something that happened, as it is kept and sent.
package struct Event: Hashable, Sendable {
    package var id: EventID
    package var kind: EventKind
    package var at: WallTime
    package var camera: CameraID?
    package var alert: AlertID?
    /// The members of `data` in messages, as one JSON object.
    package var data: String

    package init(
        id: EventID = EventID(),
        kind: EventKind,
        at: WallTime,
        camera: CameraID? = nil,
        alert: AlertID? = nil,
        data: String
    ) {
        self.id = id
        self.kind = kind
        self.at = at
        self.camera = camera
        self.alert = alert
        self.data = data
    }
}
