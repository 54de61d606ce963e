package import Domain

/// Footage of one camera that came back and that retention does not touch until it is released.
package struct ProtectedFootage: Hashable, Sendable {
    package var tenant: TenantID
    package var tenantName: String
    package var camera: CameraID
    package var cameraName: String
    package var from: WallTime
    package var to: WallTime
    /// Chunks that were restored in it.
    package var chunks: Int
    package var restoredAt: WallTime
}
