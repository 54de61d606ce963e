import Database
package import Domain

extension Catalog {
    /// Keeps footage whatever its age. What already has its tombstone stays deleted; everything
    /// else that the hold covers is safe when this returns.
    ///
    /// `notFound`: the tenant has no such camera. `invalid`: a value outside its limits. `conflict`:
    /// the tenant has `Hold.limit` holds that hold.
    package func createHold(
        _ tenant: TenantID,
        _ hold: NewHold
    ) async throws(CatalogError) -> Hold {
        guard hold.from < hold.to else {
            throw CatalogError(.invalid, "a hold ends after it begins")
        }
        guard 1...Hold.reasonLimit ~= hold.reason.unicodeScalars.count,
            !hold.reason.unicodeScalars.contains("\0")
        else {
            throw CatalogError(.invalid, "a reason has 1 to \(Hold.reasonLimit) characters")
        }
        return try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            // Who makes another one waits here, so none is made beyond the limit.
            try Self.lockRetention(tenant, &session)
            let count = try session.query(
                "SELECT count(*) FROM holds WHERE tenant_id = $1 AND released_at IS NULL",
                .id(tenant)
            ).first?.value(0, as: Int.self)
            guard (count ?? 0) < Hold.limit else {
                throw DatabaseError(.server, "there are enough holds", sqlState: "23505")
            }
            let rows = try session.query(
                """
                INSERT INTO holds (tenant_id, camera_id, from_at, to_at, reason, created_by)
                SELECT $1, $2, $3, $4, $5, $6 WHERE $2::uuid IS NULL
                    OR EXISTS (SELECT FROM cameras WHERE tenant_id = $1 AND id = $2)
                RETURNING id, camera_id, from_at, to_at, reason, created_by, created_at,
                    released_at
                """,
                .id(tenant),
                .id(hold.camera),
                .time(hold.from),
                .time(hold.to),
                .text(hold.reason),
                .id(hold.createdBy)
            )
            let made = try rows.decodeFirst { row throws(DatabaseError) in try Self.hold(&row) }
            guard let made else {
                throw DatabaseError(.server, "there is no such camera", sqlState: "23503")
            }
            return made
        }
    }

    /// The holds that hold, the newest first, at most `Hold.limit`.
    package func holds(_ tenant: TenantID) async throws(CatalogError) -> [Hold] {
        try await asTenant(tenant) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT id, camera_id, from_at, to_at, reason, created_by, created_at, released_at
                FROM holds WHERE tenant_id = $1 AND released_at IS NULL
                ORDER BY created_at DESC, id LIMIT $2
                """,
                .id(tenant),
                .int(Hold.limit)
            )
            return try rows.decode { row throws(DatabaseError) in try Self.hold(&row) }
        }
    }

    /// Ends a hold: from the next run of retention on its footage is as old as it is.
    /// - Returns: False if the tenant has no such hold, or it was released before.
    package func releaseHold(
        _ tenant: TenantID,
        _ hold: HoldID,
        by user: UserID
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.lockRetention(tenant, &session)
            return try session.query(
                """
                UPDATE holds SET released_at = now(), released_by = $3
                WHERE tenant_id = $1 AND id = $2 AND released_at IS NULL
                """,
                .id(tenant),
                .id(hold),
                .id(user)
            ).affected == 1
        }
    }

    private static func hold(_ row: inout RowReader) throws(DatabaseError) -> Hold {
        Hold(
            id: try row.next(),
            camera: try row.nextOptional(),
            from: try row.next(),
            to: try row.next(),
            reason: try row.next(),
            createdBy: try row.next(),
            createdAt: try row.next(),
            releasedAt: try row.nextOptional()
        )
    }
}
