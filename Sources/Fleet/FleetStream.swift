package import Domain

/// A stream as the fleet knows it: what one worker records.
package struct FleetStream: Hashable, Sendable, Comparable {
    package var tenant: TenantID
    package var camera: CameraID
    package var stream: StreamRole

    package init(tenant: TenantID, camera: CameraID, stream: StreamRole) {
        self.tenant = tenant
        self.camera = camera
        self.stream = stream
    }

    package static func < (left: Self, right: Self) -> Bool {
        if left.camera != right.camera { return left.camera < right.camera }
        if left.stream != right.stream { return left.stream.rawValue < right.stream.rawValue }
        return left.tenant < right.tenant
    }
}
