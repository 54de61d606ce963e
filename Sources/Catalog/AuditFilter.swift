package import Domain

/// Which entries of an audit log are asked for; nil leaves a criterion out.
package struct AuditFilter: Hashable, Sendable {
    package var action: String?
    /// Id of who acted.
    package var actor: String?
    /// Id of what it is about.
    package var subject: String?
    /// Not before.
    package var from: WallTime?
    /// Before.
    package var to: WallTime?

    package init() {}
}
