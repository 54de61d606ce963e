package import Domain

/// Names of what was unknown and has been made for its footage's sake.
package enum RestoredName {
    package static func tenant(_ tenant: TenantID) -> String { "Restored organisation \(tenant)" }

    package static func camera(_ camera: CameraID) -> String { "Restored camera \(camera)" }
}
