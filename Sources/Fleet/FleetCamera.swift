package import Domain

/// A camera of one tenant.
package struct FleetCamera: Hashable, Sendable {
    package var tenant: TenantID
    package var camera: CameraID

    package init(tenant: TenantID, camera: CameraID) {
        self.tenant = tenant
        self.camera = camera
    }
}
