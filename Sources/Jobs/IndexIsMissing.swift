package import Domain

/// The bucket has footage of an organisation that the catalogue does not know: its rules must not
/// be made from this catalogue.
package struct IndexIsMissing: Error, Hashable, Sendable, CustomStringConvertible {
    /// One of them.
    package var tenant: TenantID

    package var description: String {
        "the bucket has footage of organisation \(tenant), which this catalogue does not know, so its "
            + "lifecycle rules stay as they are: look at S3_BUCKET and DATABASE_URL; if the catalogue "
            + "was lost, run sparc storage rebuild"
    }
}
