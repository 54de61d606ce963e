package import Domain

/// One stream of one camera, as a dictionary key.
package struct StreamKey: Hashable, Sendable, CustomStringConvertible {
    package let camera: CameraID
    package let stream: StreamRole

    package init(camera: CameraID, stream: StreamRole) {
        self.camera = camera
        self.stream = stream
    }

    package var description: String {
        "\(camera)/\(stream.rawValue)"
    }
}
