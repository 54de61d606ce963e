import Domain

/// One stream of one camera.
struct CameraStream: Hashable {
    var camera: CameraID
    var stream: StreamRole

    init(_ identity: ChunkIdentity) {
        camera = identity.camera
        stream = identity.stream
    }
}
