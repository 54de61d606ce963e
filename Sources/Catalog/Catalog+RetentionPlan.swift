import Database
package import Domain
package import FoundationEssentials

/// Step 1 of retention: what is due.
///
/// A statement has a time limit and asks for some cameras. One that took too long is asked again
/// for half as many, and so are those after it.
extension Catalog {
    /// Cameras of the first statement.
    private static let planPage = 20

    /// Which cameras have a chunk that a run deletes; stops at the first of each.
    /// - Parameter holder: Whose right to run is renewed meanwhile.
    package func retentionDue(
        at moment: WallTime,
        holder: UUID
    ) async throws(CatalogError) -> RetentionDue {
        let cameras = try await camerasByTenant(nil)
        var due = RetentionDue()
        var (start, size) = (0, Self.planPage)
        while start < cameras.count {
            try await renewRetention(holder)
            let page = Array(cameras[start..<min(start + size, cameras.count)])
            do throws(CatalogError) {
                due.cameras += try await retentionDue(of: page, at: moment)
            } catch {
                guard error.code == .timeout else { throw error }
                if page.count > 1 {
                    size = page.count / 2
                    continue
                }
                due.skipped += 1
            }
            start += page.count
        }
        return due
    }

    /// What is past its retention, by camera, counted. Changes nothing and needs no right to run.
    /// - Parameters:
    ///   - moment: Nil: the database's clock at the begin.
    ///   - change: A rule to put in place of the present one; only its tenant's cameras are looked
    ///     at then, as that tenant.
    ///   - holder: Whose right to run is renewed meanwhile.
    ///   - deadline: When it gives up.
    ///   - skipsSlow: Leaves cameras out of which there is too much to be counted in a statement.
    /// - Throws: `timeout` at the deadline, and for such a camera that is not left out.
    package func retentionPlan(
        at moment: WallTime? = nil,
        change: RetentionChange? = nil,
        holder: UUID? = nil,
        deadline: ContinuousClock.Instant? = nil,
        skipsSlow: Bool = false
    ) async throws(CatalogError) -> [RetentionShare] {
        let cameras = try await camerasByTenant(change?.tenant)
        let now: WallTime
        if let moment { now = moment } else { now = try await databaseTime() }
        var shares: [RetentionShare] = []
        var (start, size) = (0, Self.planPage)
        while start < cameras.count, !Task.isCancelled {
            if let holder { try await renewRetention(holder) }
            if let deadline, .now > deadline {
                throw CatalogError(.timeout, "there is too much to be counted in time")
            }
            let page = Array(cameras[start..<min(start + size, cameras.count)])
            do throws(CatalogError) {
                shares += try await reading(change?.tenant) { session throws(DatabaseError) in
                    try Self.retentionPlan(of: page, at: now, change: change, &session)
                }
            } catch {
                guard error.code == .timeout, page.count > 1 || skipsSlow else { throw error }
                if page.count > 1 {
                    size = page.count / 2
                    continue
                }
            }
            start += page.count
        }
        return shares
    }

    /// As one tenant, or for all as the platform.
    private func reading<Value: Sendable>(
        _ tenant: TenantID?,
        _ body: @escaping @Sendable (inout Session) throws(DatabaseError) -> Value
    ) async throws(CatalogError) -> Value {
        if let tenant { return try await asTenant(tenant, .readOnly, body) }
        return try await asPlatform(.readOnly, body)
    }

    private func databaseTime() async throws(CatalogError) -> WallTime {
        try await asPlatform { session throws(DatabaseError) in
            guard let row = try session.query("SELECT now()").first else {
                throw DatabaseError(.decoding, "the database does not tell the time")
            }
            return try row.value(0)
        }
    }

    /// All cameras, removed ones too, in order.
    private func camerasByTenant(_ tenant: TenantID?) async throws(CatalogError) -> [CameraName] {
        try await reading(tenant) { session throws(DatabaseError) in
            try session.query(
                """
                SELECT tenant_id, id FROM cameras WHERE $1::uuid IS NULL OR tenant_id = $1
                ORDER BY tenant_id, id
                """,
                .id(tenant)
            ).decode { row throws(DatabaseError) in
                CameraName(tenant: try row.next(), camera: try row.next())
            }
        }
    }

    private func retentionDue(
        of cameras: [CameraName],
        at moment: WallTime
    ) async throws(CatalogError) -> [CameraName] {
        try await asPlatform { session throws(DatabaseError) in
            try session.query(
                """
                SELECT r.tenant_id, r.camera_id
                FROM unnest($2::uuid[], $3::uuid[]) AS o (tenant, camera)
                    JOIN camera_retention r ON r.tenant_id = o.tenant AND r.camera_id = o.camera
                    CROSS JOIN LATERAL (SELECT may_be_held(r.tenant_id, r.camera_id) OFFSET 0) h
                WHERE retention_first($1, r.tenant_id, r.camera_id, r.days, r.created_at,
                    h.may_be_held, '-infinity', 'infinity') IS NOT NULL
                ORDER BY r.tenant_id, r.camera_id
                """,
                .time(moment),
                .array(cameras.map { .id($0.tenant) }, of: .uuid),
                .array(cameras.map { .id($0.camera) }, of: .uuid)
            ).decode { row throws(DatabaseError) in
                CameraName(tenant: try row.next(), camera: try row.next())
            }
        }
    }

    private static func retentionPlan(
        of cameras: [CameraName],
        at moment: WallTime,
        change: RetentionChange?,
        _ session: inout Session
    ) throws(DatabaseError) -> [RetentionShare] {
        let rows = try session.query(
            """
            WITH rule AS (
                SELECT c.tenant_id, c.id, c.created_at, c.removed_at,
                    may_be_held(c.tenant_id, c.id) AS may_be_held, $1::timestamptz AS at,
                    greatest(t.retention_minimum_days, coalesce(
                        CASE WHEN c.id = $4 THEN $5 ELSE c.retention_days END,
                        CASE WHEN s.id = $3 THEN $5 ELSE s.retention_days END,
                        CASE WHEN $3 IS NULL AND $4 IS NULL AND t.id = $2 THEN $5
                            ELSE t.retention_days END)) AS days
                FROM unnest($6::uuid[], $7::uuid[]) AS o (tenant, camera)
                    JOIN cameras c ON c.tenant_id = o.tenant AND c.id = o.camera
                    JOIN tenants t ON t.id = c.tenant_id
                    LEFT JOIN sites s ON s.tenant_id = c.tenant_id AND s.id = c.site_id
                OFFSET 0
            )
            SELECT r.tenant_id, r.id, r.days, r.removed_at IS NOT NULL, d.chunks, d.bytes,
                d.oldest, d.newest, d.held, d.late
            FROM rule r CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE NOT k.is_held) AS chunks,
                    coalesce(sum(k.length_bytes) FILTER (WHERE NOT k.is_held), 0)::bigint
                        AS bytes,
                    min(k.start_at) FILTER (WHERE NOT k.is_held) AS oldest,
                    max(k.end_at) FILTER (WHERE NOT k.is_held) AS newest,
                    count(*) FILTER (WHERE k.is_held) AS held,
                    count(*) FILTER (WHERE NOT k.is_held
                        AND k.registered_at < r.at - interval '1 hour' AND k.kept_from
                            < r.at - r.days * interval '24 hours' - interval '1 hour') AS late
                FROM retention_due(r.at, r.tenant_id, r.id, r.days, r.created_at,
                    r.may_be_held) k) d
            WHERE d.chunks > 0 OR d.held > 0
            ORDER BY r.tenant_id, r.id
            """,
            .time(moment),
            .id(change?.tenant),
            .id(change?.site),
            .id(change?.camera),
            .int(change?.days.map { Int64($0) }),
            .array(cameras.map { .id($0.tenant) }, of: .uuid),
            .array(cameras.map { .id($0.camera) }, of: .uuid)
        )
        return try rows.decode { row throws(DatabaseError) in
            RetentionShare(
                tenant: try row.next(),
                camera: try row.next(),
                days: try row.next(),
                isRemoved: try row.next(),
                chunks: try row.next(),
                bytes: try row.next(),
                oldest: try row.nextOptional(),
                newest: try row.nextOptional(),
                heldChunks: try row.next(),
                lateChunks: try row.next()
            )
        }
    }
}
