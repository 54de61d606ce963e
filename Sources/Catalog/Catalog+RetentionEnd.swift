import Database
package import Domain
package import FoundationEssentials

/// The steps of retention after the objects are deleted.
extension Catalog {
    /// How long a removed camera outlives its last possible footage: a worker that comes back in
    /// this time can still hand over what it recorded, which the next run then deletes.
    private static let removalGrace = 30.0

    /// Step 4: deletes the rows of chunks whose objects are gone. Only tombstones are deleted, and
    /// what is gone already does not count.
    ///
    /// - Parameter tombstones: Of one page, in its order. They are found by the span of their names
    ///   and told apart by their keys: as a list to join, of tombstones that are younger than the
    ///   statistics, each would be compared with all there are (measured: more than 15 s for 1,000
    ///   among 280,000).
    package func deleteRows(
        _ holder: UUID,
        of tombstones: [Tombstone]
    ) async throws(CatalogError) -> RetentionCount {
        guard let first = tombstones.first, let last = tombstones.last,
            let oldest = tombstones.map(\.start).min(), let newest = tombstones.map(\.start).max()
        else { return RetentionCount() }
        return try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try Self.renewRetention(holder, &session)
            let deleted = try session.query(
                """
                DELETE FROM chunks k
                WHERE k.tombstoned_at IS NOT NULL
                    AND (tenant_id, camera_id, stream, start_at, epoch, sequence)
                        >= ($1, $2, $3, $4, $5, $6)
                    AND (tenant_id, camera_id, stream, start_at, epoch, sequence)
                        <= ($7, $8, $9, $10, $11, $12)
                    AND k.start_at >= $13 AND k.start_at <= $14 AND k.object_key = ANY ($15)
                RETURNING k.length_bytes
                """,
                .id(first.identity.tenant),
                .id(first.identity.camera),
                .text(first.identity.stream.rawValue),
                .time(first.start),
                .int(first.identity.epoch),
                .int(first.identity.sequence),
                .id(last.identity.tenant),
                .id(last.identity.camera),
                .text(last.identity.stream.rawValue),
                .time(last.start),
                .int(last.identity.epoch),
                .int(last.identity.sequence),
                .time(oldest),
                .time(newest),
                .array(tombstones.map { .text($0.key) }, of: .text)
            )
            return try Self.count(deleted)
        }
    }

    /// Step 4 for gaps, which have no object: those that ended before their camera's retention, and
    /// the drops that made some of them, once no offer of them can come any more; and for the sums of
    /// days of which nothing is left.
    package func deleteGaps(_ holder: UUID, at: WallTime) async throws(CatalogError) -> Int {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try Self.renewRetention(holder, &session)
            try session.query(
                """
                DELETE FROM chunk_drops d USING camera_retention r
                WHERE r.tenant_id = d.tenant_id AND r.camera_id = d.camera_id
                    AND d.end_at <= $1 - (r.days + $2) * interval '24 hours'
                """,
                .time(at),
                .double(Self.removalGrace)
            )
            // Sums of days of which nothing is left.
            try session.query("DELETE FROM footage_days WHERE chunks = 0")
            return try session.query(
                """
                DELETE FROM gaps g USING camera_retention r
                WHERE r.tenant_id = g.tenant_id AND r.camera_id = g.camera_id
                    AND g.end_at <= $1 - r.days * interval '24 hours'
                    AND NOT is_held(g.tenant_id, g.camera_id, g.start_at, g.end_at)
                """,
                .time(at)
            ).affected
        }
    }

    /// Step 5: drops the partition of one past day that has no row left. Call it until it names
    /// none.
    ///
    /// A table that is in use for more than a second is `timeout`: the next run tries again.
    package func dropEmptyPartition(_ holder: UUID) async throws(CatalogError) -> String? {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try Self.renewRetention(holder, &session)
            return try session.query("SELECT drop_empty_partition()").first?.optional(0)
        }
    }

    /// Step 6: deletes removed cameras of which nothing is left and nothing can come any more that
    /// would not be past its retention, and no hold is for.
    package func deleteRemovedCameras(
        _ holder: UUID,
        at: WallTime
    ) async throws(CatalogError) -> Int {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try Self.renewRetention(holder, &session)
            let rows = try session.query(
                """
                SELECT r.tenant_id, r.camera_id FROM camera_retention r
                WHERE r.removed_at <= $1 - (r.days + $2) * interval '24 hours'
                    AND NOT EXISTS (SELECT FROM chunks k
                        WHERE k.tenant_id = r.tenant_id AND k.camera_id = r.camera_id)
                    AND NOT EXISTS (SELECT FROM gaps g
                        WHERE g.tenant_id = r.tenant_id AND g.camera_id = r.camera_id)
                    AND NOT EXISTS (SELECT FROM stream_leases l
                        WHERE l.tenant_id = r.tenant_id AND l.camera_id = r.camera_id)
                    AND NOT EXISTS (SELECT FROM holds h WHERE h.tenant_id = r.tenant_id
                        AND h.camera_id = r.camera_id AND h.released_at IS NULL)
                    AND NOT EXISTS (SELECT FROM restored_footage f
                        WHERE f.tenant_id = r.tenant_id AND f.camera_id = r.camera_id
                            AND f.released_at IS NULL)
                ORDER BY r.tenant_id, r.camera_id LIMIT 1000
                """,
                .time(at),
                .double(Self.removalGrace)
            )
            let gone = try rows.decode { row throws(DatabaseError) in
                (tenant: try row.next(TenantID.self), camera: try row.next(CameraID.self))
            }
            for (tenant, camera) in gone {
                for statement in Self.cameraRows {
                    try session.query(statement, .id(tenant), .id(camera))
                }
            }
            return gone.count
        }
    }

    /// What refers to a camera, and the camera last.
    private static let cameraRows: [StaticString] = [
        "DELETE FROM footage_days WHERE tenant_id = $1 AND camera_id = $2",
        "DELETE FROM stream_status WHERE tenant_id = $1 AND camera_id = $2",
        "DELETE FROM chunk_drops WHERE tenant_id = $1 AND camera_id = $2",
        "DELETE FROM stream_progress WHERE tenant_id = $1 AND camera_id = $2",
        "DELETE FROM stream_epochs WHERE tenant_id = $1 AND camera_id = $2",
        "DELETE FROM camera_conditions WHERE tenant_id = $1 AND camera_id = $2",
        "DELETE FROM alerts WHERE tenant_id = $1 AND camera_id = $2",
        "DELETE FROM camera_streams WHERE tenant_id = $1 AND camera_id = $2",
        "DELETE FROM restored_footage WHERE tenant_id = $1 AND camera_id = $2",
        "DELETE FROM cameras WHERE tenant_id = $1 AND id = $2",
    ]

    /// Over all tenants, removed cameras with footage included; without any camera, the longest rule
    /// that there can be.
    package func retentionBounds() async throws(CatalogError) -> RetentionBounds {
        try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT (SELECT max(days) FROM camera_retention),
                    EXISTS (SELECT FROM holds WHERE released_at IS NULL)
                        OR EXISTS (SELECT FROM restored_footage WHERE released_at IS NULL)
                        OR EXISTS (SELECT FROM retention_state WHERE rebuilding_until > now())
                """
            )
            guard let row = rows.first else {
                throw DatabaseError(.decoding, "the bounds of retention are missing")
            }
            let longest: Int? = try row.optional(0)
            return RetentionBounds(
                longestDays: longest ?? NewCamera.retentionRange.upperBound,
                hasHolds: try row.value(1)
            )
        }
    }

    /// An organisation's own rule and the least that any rule of it counts as.
    /// - Parameter scope: Nil if the organisation has no such site or camera, or is none.
    package func retentionRule(
        _ tenant: TenantID,
        _ scope: RetentionChange.Scope = .tenant
    ) async throws(CatalogError) -> (days: Int, minimumDays: Int)? {
        let change = RetentionChange(tenant: tenant, scope: scope, days: nil)
        return try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                """
                SELECT retention_days, retention_minimum_days FROM tenants
                WHERE id = $1
                    AND ($2::uuid IS NULL
                        OR EXISTS (SELECT FROM sites WHERE tenant_id = $1 AND id = $2))
                    AND ($3::uuid IS NULL
                        OR EXISTS (SELECT FROM cameras WHERE tenant_id = $1 AND id = $3))
                """,
                .id(tenant),
                .id(change.site),
                .id(change.camera)
            ).decodeFirst { row throws(DatabaseError) in
                (days: try row.next(Int.self), minimumDays: try row.next(Int.self))
            }
        }
    }

    /// A scope's own rule; nil if the tenant has no such site or camera.
    package func ownRetention(
        _ tenant: TenantID,
        _ scope: RetentionChange.Scope
    ) async throws(CatalogError) -> OwnRetention? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try Self.ownRetention(tenant, scope, &session)
        }
    }

    static func ownRetention(
        _ tenant: TenantID,
        _ scope: RetentionChange.Scope,
        _ session: inout Session
    ) throws(DatabaseError) -> OwnRetention? {
        let change = RetentionChange(tenant: tenant, scope: scope, days: nil)
        return try session.query(
            """
            SELECT CASE WHEN $2::uuid IS NOT NULL THEN s.retention_days
                WHEN $3::uuid IS NOT NULL THEN c.retention_days ELSE t.retention_days END
            FROM tenants t
                LEFT JOIN sites s ON s.tenant_id = t.id AND s.id = $2
                LEFT JOIN cameras c ON c.tenant_id = t.id AND c.id = $3
            WHERE t.id = $1 AND ($2 IS NULL OR s.id IS NOT NULL)
                AND ($3 IS NULL OR c.id IS NOT NULL)
            """,
            .id(tenant),
            .id(change.site),
            .id(change.camera)
        ).decodeFirst { row throws(DatabaseError) in
            OwnRetention(days: try row.nextOptional())
        }
    }

    /// Sets a rule; it holds for existing footage from the next run on.
    /// - Returns: False if the tenant has no such site or camera.
    package func setRetention(_ change: RetentionChange) async throws(CatalogError) -> Bool {
        guard change.days.map({ NewCamera.retentionRange ~= $0 }) ?? (change.scope != .tenant)
        else { throw CatalogError(.invalid, "footage is kept 1 to 3650 days") }
        let days = SQLValue.int(change.days.map { Int64($0) })
        let tenant = change.tenant
        switch change.scope {
        case .tenant:
            return try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
                try Self.lockRetention(tenant, &session)
                return try session.query(
                    "UPDATE tenants SET retention_days = $2 WHERE id = $1",
                    .id(tenant),
                    days
                ).affected == 1
            }
        case .site(let site):
            return try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
                try Self.lockRetention(tenant, &session)
                return try session.query(
                    "UPDATE sites SET retention_days = $3 WHERE tenant_id = $1 AND id = $2",
                    .id(tenant),
                    .id(site),
                    days
                ).affected == 1
            }
        case .camera(let camera):
            return try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
                try Self.lockRetention(tenant, &session)
                return try session.query(
                    """
                    UPDATE cameras SET retention_days = $3, version = version + 1
                    WHERE tenant_id = $1 AND id = $2
                    """,
                    .id(tenant),
                    .id(camera),
                    days
                ).affected == 1
            }
        }
    }
}
