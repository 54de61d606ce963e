import Database
package import Domain

/// Places with doors and cameras.
extension Catalog {
    /// Most sites of an organisation.
    package static let siteLimit = 1_000

    /// The tenant's sites by name.
    package func sites(_ tenant: TenantID) async throws(CatalogError) -> [Site] {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                """
                SELECT id, name, time_zone, created_at FROM sites WHERE tenant_id = $1
                ORDER BY name, id LIMIT $2
                """,
                .id(tenant),
                .int(Self.siteLimit)
            ).decode { row throws(DatabaseError) in try Self.site(&row) }
        }
    }

    /// A site; nil if the tenant has none with that id.
    package func site(_ tenant: TenantID, _ site: SiteID) async throws(CatalogError) -> Site? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try Self.site(tenant, site, &session)
        }
    }

    static func site(
        _ tenant: TenantID,
        _ site: SiteID,
        _ session: inout Session
    ) throws(DatabaseError) -> Site? {
        try session.query(
            """
            SELECT id, name, time_zone, created_at FROM sites
            WHERE tenant_id = $1 AND id = $2
            """,
            .id(tenant),
            .id(site)
        ).decodeFirst { row throws(DatabaseError) in try Self.site(&row) }
    }

    /// Adds a site. `conflict`: the tenant has one of that name, or `siteLimit` of them; `invalid`:
    /// the database does not know the time zone.
    package func createSite(
        _ tenant: TenantID,
        name: String,
        timeZone: String = "UTC"
    ) async throws(CatalogError) -> Site {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.checkTimeZone(timeZone, &session)
            try Self.lockPeople(tenant, &session)
            let rows = try session.query(
                """
                INSERT INTO sites (tenant_id, name, time_zone)
                SELECT $1, $2, $3
                WHERE (SELECT count(*) FROM sites WHERE tenant_id = $1) < $4
                RETURNING id, name, time_zone, created_at
                """,
                .id(tenant),
                .text(name),
                .text(timeZone),
                .int(Self.siteLimit)
            )
            let site = try rows.decodeFirst { row throws(DatabaseError) in try Self.site(&row) }
            guard let site else {
                throw DatabaseError(.server, "there are enough sites", sqlState: "23505")
            }
            return site
        }
    }

    /// Changes a site's name or time zone; nil leaves it. As `createSite(_:name:timeZone:)`.
    /// - Returns: The site as it is then; nil if the tenant has none with that id.
    package func changeSite(
        _ tenant: TenantID,
        _ site: SiteID,
        name: String?,
        timeZone: String?
    ) async throws(CatalogError) -> Site? {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            if let timeZone { try Self.checkTimeZone(timeZone, &session) }
            return try session.query(
                """
                UPDATE sites SET name = coalesce($3, name), time_zone = coalesce($4, time_zone)
                WHERE tenant_id = $1 AND id = $2
                RETURNING id, name, time_zone, created_at
                """,
                .id(tenant),
                .id(site),
                .text(name),
                .text(timeZone)
            ).decodeFirst { row throws(DatabaseError) in try Self.site(&row) }
        }
    }

    /// Removes a site. `notFound`: something still belongs to it.
    /// - Returns: False if the tenant has none with that id.
    package func removeSite(
        _ tenant: TenantID,
        _ site: SiteID
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try session.query(
                "DELETE FROM sites WHERE tenant_id = $1 AND id = $2",
                .id(tenant),
                .id(site)
            ).affected == 1
        }
    }

    /// The database's own list: what it does not know no schedule could go by.
    private static func checkTimeZone(
        _ name: String,
        _ session: inout Session
    ) throws(DatabaseError) {
        let known = try session.query(
            "SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = $1)",
            .text(name)
        ).first?.value(0, as: Bool.self)
        guard known == true else {
            throw DatabaseError(.server, "the time zone is not known", sqlState: "22023")
        }
    }

    private static func site(_ row: inout RowReader) throws(DatabaseError) -> Site {
        Site(
            id: try row.next(),
            name: try row.next(),
            timeZone: try row.next(),
            createdAt: try row.next()
        )
    }
}
