package import Domain

/// A camera's name, as row security spells it.
package struct CameraName: Hashable, Comparable, Sendable {
    package let tenant: TenantID
    package let camera: CameraID

    package init(tenant: TenantID, camera: CameraID) {
        self.tenant = tenant
        self.camera = camera
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.tenant, left.camera) < (right.tenant, right.camera)
    }
}
