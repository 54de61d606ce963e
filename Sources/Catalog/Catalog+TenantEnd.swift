import Database
package import Domain

/// The end of organisations that were deleted, when their time of grace is over.
extension Catalog {
    /// Most of one answer: the next round takes the others.
    package static let tenantEndLimit = 1_000
    /// Most rows of one transaction of a purge: each person of them is an entry of the audit log,
    /// of which a thousand took up to 5 s on a busy machine, a third of what a statement may.
    package static let purgeLimit = 500

    /// Organisations whose time is over and of which something is there still.
    package func tenantsToEnd() async throws(CatalogError) -> [TenantID] {
        try await asPlatform { session throws(DatabaseError) in
            try session.query(
                """
                SELECT id FROM tenants WHERE state = 'closed' AND delete_after < now()
                ORDER BY delete_after, id LIMIT $1
                """,
                .int(Self.tenantEndLimit)
            ).decode { row throws(DatabaseError) in try row.next() }
        }
    }

    /// Lets retention delete all footage of such an organisation but what is held, as what is
    /// beyond a quota.
    package func releaseFootage(_ tenant: TenantID) async throws(CatalogError) {
        _ = try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try session.query(
                """
                UPDATE tenants SET quota_bytes = 1, retention_minimum_days = 1
                WHERE id = $1 AND state = 'closed' AND delete_after < now()
                    AND quota_bytes IS DISTINCT FROM 1
                """,
                .id(tenant)
            )
        }
    }

    /// Deletes rows of such an organisation, but for its audit log, in one transaction.
    /// - Parameter limit: Rows at most, 1 to `purgeLimit`.
    /// - Returns: How many; 0 if none is left, nil while footage of it is there.
    package func purgeRows(_ tenant: TenantID, limit: Int) async throws(CatalogError) -> Int? {
        let limit = min(max(1, limit), Self.purgeLimit)
        return try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try session.query("SELECT purge_rows($1, $2)", .id(tenant), .int(limit))
                .decodeFirst { row throws(DatabaseError) in try row.nextOptional(Int.self) } ?? nil
        }
    }

    /// Deletes such an organisation itself.
    /// - Returns: False while anything of it is there.
    package func endTenant(_ tenant: TenantID) async throws(CatalogError) -> Bool {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try session.query("SELECT end_tenant($1)", .id(tenant)).first?.value(0) ?? false
        }
    }
}
