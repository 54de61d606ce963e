package import Domain

/// The bucket has footage of a camera that the catalogue does not know: its rules must not be made
/// from this catalogue.
package struct IndexIsMissing: Error, Hashable, Sendable, CustomStringConvertible {
    /// One of them.
    package var tenant: TenantID
    package var camera: CameraID

    package var description: String {
        "the bucket has footage of camera \(camera) of organisation \(tenant), which this catalogue "
            + "does not know, so its lifecycle rules only get longer: look at S3_BUCKET and "
            + "DATABASE_URL; if the catalogue was lost or is old, run sparc storage rebuild"
    }
}
