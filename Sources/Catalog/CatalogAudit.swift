package import Database

/// Reads the system catalogue and says where it does not keep tenants apart.
///
/// Lists are closed: a table, a grant, a policy, a function that runs as its owner or a view that
/// is not named here, or is more than it is named for, is a finding. New ones are added to the
/// lists in the change that makes them, where a reviewer sees them.
package enum CatalogAudit {
    /// Tables without `tenant_id`. No tenant's data may be in them.
    package static let tablesWithoutTenant = [
        "migrations", "retention_state", "setup_links", "tenants", "workers",
    ]
    /// Tables that `sparc_platform` may touch, by columns, and no others.
    package static let platformTables = [
        "alerts", "api_keys", "audit_heads", "camera_conditions", "camera_retention",
        "camera_streams", "cameras",
        "chunk_drops", "chunks", "events", "footage_days", "gaps", "holds", "idempotency_keys",
        "outbox",
        "restored_footage", "retention_state", "sessions", "sites", "stream_epochs",
        "stream_leases",
        "stream_progress",
        "stream_status", "tenants", "webhook_deliveries", "webhooks", "workers",
    ]
    /// Tables of which `sparc_platform` may delete rows: leases; for retention footage with a
    /// tombstone, gaps, and removed cameras with what refers to them; events and messages that are
    /// done; logins, keys and idempotency keys that expired.
    package static let platformDeletes = [
        "alerts", "api_keys", "camera_conditions", "camera_streams", "cameras", "chunk_drops",
        "chunks",
        "events", "footage_days", "gaps", "idempotency_keys", "outbox", "restored_footage",
        "sessions", "stream_epochs",
        "stream_leases",
        "stream_progress", "stream_status", "webhook_deliveries",
    ]
    /// Functions that run with their owner's rights.
    package static let definerFunctions = [
        "append_audit", "audit_for_provider", "audit_row", "begin_setup", "change_client",
        "create_client", "drop_empty_partition", "end_tenant", "ensure_partitions",
        "keep_audit_name", "make_restored_partitions", "note_audit", "offer_setup",
        "purge_rows", "rewrap_secret", "setup_is_open", "tenant_by_name",
    ]

    /// All rules but the one about the connection itself, which the owner's would break.
    package static let schemaRules = Rule.allCases.filter { $0 != .connectedRole }

    /// A kind of defect.
    package enum Rule: String, Sendable, CaseIterable {
        /// The connected role is a superuser, passes row security, owns something or can become
        /// somebody else.
        case connectedRole = "connected role"
        /// The four roles have other attributes or memberships than they should.
        case roles
        /// A table of tenants without ENABLE, FORCE or exactly the policies it should have; a table
        /// without `tenant_id` that is not listed.
        case rowSecurity = "row security"
        /// A unique index or a foreign key that does not begin with `tenant_id`.
        case keys
        /// A view that runs with its owner's rights, or a copy of rows outside row security.
        case views
        /// A right that nobody should have, or on a table that is not listed.
        case grants
        /// A function with its owner's rights that is not listed, is for everybody or looks names
        /// up where others can put them.
        case functions
        /// Something that belongs to another role than `sparc_owner`.
        case owners
    }

    /// One defect.
    package struct Finding: Hashable, Sendable, CustomStringConvertible {
        package var rule: String
        /// What it is about, such as `sparc.cameras`.
        package var object: String
        package var problem: String

        package var description: String {
            "\(object): \(problem) (\(rule))"
        }
    }

    /// Checks the database of a connection; any role may do it.
    package static func run(
        _ rules: [Rule],
        _ session: inout Session
    ) throws(DatabaseError) -> [Finding] {
        var findings: [Finding] = []
        for rule in rules {
            let rows =
                switch rule {
                case .connectedRole: try session.query(CatalogAuditSQL.connectedRole)
                case .roles: try session.query(CatalogAuditSQL.roles)
                case .rowSecurity:
                    try session.query(
                        CatalogAuditSQL.rowSecurity,
                        list(tablesWithoutTenant),
                        list(platformTables)
                    )
                case .keys:
                    try session.query(CatalogAuditSQL.keys, list(tablesWithoutTenant))
                case .views: try session.query(CatalogAuditSQL.views)
                case .grants:
                    try session.query(
                        CatalogAuditSQL.grants,
                        list(tablesWithoutTenant),
                        list(platformTables),
                        list(platformDeletes)
                    )
                case .functions:
                    try session.query(CatalogAuditSQL.functions, list(definerFunctions))
                case .owners: try session.query(CatalogAuditSQL.owners)
                }
            findings += try rows.decode { row throws(DatabaseError) in
                Finding(
                    rule: rule.rawValue,
                    object: try row.next(),
                    problem: try row.next()
                )
            }
        }
        return findings
    }

    /// What the database has, for a reader: the tables without tenant, and what `sparc_platform`
    /// may do with which columns.
    package static func lists(
        _ session: inout Session
    ) throws(DatabaseError) -> (withoutTenant: [String], platform: [String]) {
        let without = try session.query(CatalogAuditSQL.tablesWithoutTenant)
        let platform = try session.query(CatalogAuditSQL.platformGrants)
        return (
            try without.decode { row throws(DatabaseError) in try row.next() },
            try platform.decode { row throws(DatabaseError) in try row.next() }
        )
    }

    private static func list(_ words: [String]) -> SQLValue {
        .array(words.map { .text($0) }, of: .text)
    }
}
