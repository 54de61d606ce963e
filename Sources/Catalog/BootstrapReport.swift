/// What `CatalogSetup.bootstrap` did.
package struct BootstrapReport: Hashable, Sendable {
    /// Names of the migrations that this call applied.
    package var applied: [String]
    /// What could not be done and is not needed to run, for the operator.
    package var warnings: [String]
}
