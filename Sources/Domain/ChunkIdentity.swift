/// The name of a chunk; never used twice. `epoch` is granted by the coordinator with the camera's
/// assignment, `sequence` counts the stream's chunks within it from 1.
package struct ChunkIdentity: Hashable, Sendable, Codable {
    package var tenant: TenantID
    package var camera: CameraID
    package var stream: StreamRole
    package var epoch: Int64
    package var sequence: Int64

    package init(
        tenant: TenantID,
        camera: CameraID,
        stream: StreamRole,
        epoch: Int64,
        sequence: Int64
    ) {
        self.tenant = tenant
        self.camera = camera
        self.stream = stream
        self.epoch = epoch
        self.sequence = sequence
    }
}
