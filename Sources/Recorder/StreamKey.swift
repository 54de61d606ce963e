package import Domain

/// One stream of one camera.
package struct StreamKey: Hashable, Sendable {
    package let camera: CameraID
    package let stream: StreamRole

    package init(camera: CameraID, stream: StreamRole) {
        self.camera = camera
        self.stream = stream
    }
}
