package import Domain

/// What a rebuild finds in the bucket, by keys alone.
package struct RebuildPlan: Hashable, Sendable {
    /// All keys, those of other programs too.
    package var keys = 0
    /// Keys of chunks.
    package var chunks = 0
    package var tenants = 0
    /// Organisations that the catalogue does not know and that a run restores.
    package var unknownTenants: [TenantID] = []
    package var cameras = 0
    /// Chunks that have a row.
    package var withRow = 0
    /// The catalogue has footage, and not of one organisation of this bucket.
    package var isForeign = false

    package init() {}

    package var withoutRow: Int { chunks - withRow }
}
