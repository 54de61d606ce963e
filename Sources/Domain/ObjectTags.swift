/// The four tags of every stored chunk, which lifecycle rules and audits select by.
package struct ObjectTags: Hashable, Sendable, Codable {
    package var tenant: TenantID
    package var camera: CameraID
    package var retentionDays: Int
    package var retentionClass: RetentionClass

    package init(
        tenant: TenantID,
        camera: CameraID,
        retentionDays: Int,
        retentionClass: RetentionClass
    ) {
        self.tenant = tenant
        self.camera = camera
        self.retentionDays = retentionDays
        self.retentionClass = retentionClass
    }

    /// In the order in which they are written.
    package var pairs: [(name: String, value: String)] {
        [
            ("sparc:tenant", tenant.description),
            ("sparc:camera", camera.description),
            ("sparc:retention", "\(retentionDays)d"),
            ("sparc:class", retentionClass.rawValue),
        ]
    }

    /// By name.
    package var values: [String: String] {
        Dictionary(pairs.map { ($0.name, $0.value) }) { first, _ in first }
    }
}
