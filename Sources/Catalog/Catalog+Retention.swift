import Database
package import Domain
package import FoundationEssentials

/// The steps of retention in the database; `Retention` in Jobs calls them in their order.
///
/// All go by one moment, `at`, which the run took from the database's clock at its begin.
extension Catalog {
    /// Takes the right to run for this holder and looks at the clock.
    /// - Parameters:
    ///   - at: The moment to go by in place of the database's clock; for tests.
    ///   - pause: Seconds that must have passed since the last run began, if that succeeded.
    ///   - isForced: Deletes although the clock jumped.
    package func beginRetention(
        _ holder: UUID,
        at moment: WallTime? = nil,
        pause: Int64 = 0,
        isForced: Bool = false
    ) async throws(CatalogError) -> RetentionStart {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT coalesce($2, now()), seen_at, trusted_from,
                    greatest(held_until, rebuilding_until),
                    coalesce(holder IS DISTINCT FROM $1 AND held_until > now(), false)
                        OR coalesce(rebuilding_until > now(), false),
                    succeeded_at >= started_at
                        AND started_at > now() - $3 * interval '1 second'
                        AND started_at <= now()
                FROM retention_state FOR UPDATE
                """,
                .uuid(holder),
                .time(moment),
                .double(Double(pause))
            )
            guard let row = rows.first else {
                throw DatabaseError(.decoding, "the state of retention is missing")
            }
            let now: WallTime = try row.value(0)
            let clock = RetentionClock(seenAt: try row.value(1), trustedFrom: try row.value(2))
                .observing(now)
            let heldUntil: WallTime? = try row.optional(3)
            let isBusy: Bool? = try row.optional(4)
            if isBusy == true { return .busy(until: heldUntil ?? now) }
            let isEarly: Bool? = try row.optional(5)
            if isEarly == true { return .notDue }
            let mayDelete = clock.isTrusted || isForced
            try session.query(
                """
                UPDATE retention_state SET seen_at = $2, trusted_from = $3,
                    holder = CASE WHEN $4 THEN $1 END,
                    held_until = CASE WHEN $4 THEN now() + interval '2 minutes' END,
                    started_at = CASE WHEN $4 THEN now() ELSE started_at END
                """,
                .uuid(holder),
                .time(clock.seenAt),
                .time(clock.trustedFrom),
                .bool(mayDelete)
            )
            return mayDelete ? .begun(at: now) : .distrusted(until: clock.trustedFrom)
        }
    }

    /// Gives the right to run back.
    /// - Parameter succeeded: Everything that was due is gone.
    package func endRetention(_ holder: UUID, succeeded: Bool) async throws(CatalogError) {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            _ = try session.query(
                """
                UPDATE retention_state SET holder = NULL, held_until = NULL,
                    succeeded_at = CASE WHEN $2 THEN now() ELSE succeeded_at END
                WHERE holder = $1
                """,
                .uuid(holder),
                .bool(succeeded)
            )
        }
    }

    /// When a run last came to its end with all that was due deleted; nil before the first.
    package func lastRetention() async throws(CatalogError) -> WallTime? {
        try await asPlatform { session throws(DatabaseError) in
            try session.query("SELECT succeeded_at FROM retention_state").first?.optional(0)
        }
    }

    /// Cameras of one statement of a plan: a rule that was made shorter makes a month of each due,
    /// and a statement has a time limit.
    private static let planPage = 20

    /// Step 1: what is past its retention, by camera. Changes nothing and needs no right to run.
    /// - Parameters:
    ///   - moment: Nil: the database's clock at the begin.
    ///   - change: A rule to put in place of the present one, of that tenant alone.
    ///   - holder: Whose right to run is renewed meanwhile.
    package func retentionPlan(
        at moment: WallTime? = nil,
        change: RetentionChange? = nil,
        holder: UUID? = nil
    ) async throws(CatalogError) -> [RetentionShare] {
        let cameras = try await camerasByTenant(change?.tenant)
        let now: WallTime
        if let moment { now = moment } else { now = try await databaseTime() }
        var shares: [RetentionShare] = []
        for start in stride(from: 0, to: cameras.count, by: Self.planPage) {
            let page = cameras[start..<min(start + Self.planPage, cameras.count)]
            if let holder {
                try await asPlatform(.readWrite) { session throws(DatabaseError) in
                    try Self.renewRetention(holder, &session)
                }
            }
            shares += try await retentionPlan(of: Array(page), at: now, change: change)
        }
        return shares
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
    private func camerasByTenant(
        _ tenant: TenantID?
    ) async throws(CatalogError) -> [(tenant: TenantID, camera: CameraID)] {
        try await asPlatform { session throws(DatabaseError) in
            try session.query(
                """
                SELECT tenant_id, id FROM cameras WHERE $1::uuid IS NULL OR tenant_id = $1
                ORDER BY tenant_id, id
                """,
                .id(tenant)
            ).decode { row throws(DatabaseError) in
                (tenant: try row.next(TenantID.self), camera: try row.next(CameraID.self))
            }
        }
    }

    private func retentionPlan(
        of cameras: [(tenant: TenantID, camera: CameraID)],
        at moment: WallTime,
        change: RetentionChange?
    ) async throws(CatalogError) -> [RetentionShare] {
        try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                """
                WITH rule AS (
                    SELECT c.tenant_id, c.id, c.created_at, c.removed_at,
                        $1::timestamptz AS at,
                        greatest(t.retention_minimum_days, coalesce(
                            CASE WHEN c.id = $4 THEN $5 ELSE c.retention_days END,
                            CASE WHEN s.id = $3 THEN $5 ELSE s.retention_days END,
                            CASE WHEN $3 IS NULL AND $4 IS NULL AND t.id = $2 THEN $5
                                ELSE t.retention_days END)) AS days
                    FROM unnest($6::uuid[], $7::uuid[]) AS o (tenant, camera)
                        JOIN cameras c ON c.tenant_id = o.tenant AND c.id = o.camera
                        JOIN tenants t ON t.id = c.tenant_id
                        LEFT JOIN sites s ON s.tenant_id = c.tenant_id AND s.id = c.site_id
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
                    FROM retention_due(r.at, r.tenant_id, r.id, r.days, r.created_at) k) d
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

    /// Step 2: hides the oldest day of one camera's footage that is past its retention and that no
    /// hold keeps. Call it until it changes nothing.
    ///
    /// Rule and holds are read in the transaction that makes the tombstones, and neither changes
    /// meanwhile: who changes them takes the same lock.
    package func tombstone(
        _ holder: UUID,
        _ tenant: TenantID,
        _ camera: CameraID,
        at: WallTime
    ) async throws(CatalogError) -> RetentionCount {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try Self.renewRetention(holder, &session)
            try Self.lockRetention(tenant, &session)
            let first = try session.query(
                """
                SELECT min(d.start_at) FROM camera_retention r
                    CROSS JOIN LATERAL retention_due($3, r.tenant_id, r.camera_id, r.days,
                        r.created_at) d
                WHERE r.tenant_id = $1 AND r.camera_id = $2 AND NOT d.is_held
                """,
                .id(tenant),
                .id(camera),
                .time(at)
            )
            guard let start = try first.first?.optional(0, as: WallTime.self) else {
                return RetentionCount()
            }
            let past = CivilDate(daysSinceEpoch: start.day.daysSinceEpoch + 1).start
            let changed = try session.query(
                """
                UPDATE chunks k SET tombstoned_at = now()
                FROM camera_retention r
                    CROSS JOIN LATERAL retention_due($3, r.tenant_id, r.camera_id, r.days,
                        r.created_at) d
                WHERE r.tenant_id = $1 AND r.camera_id = $2 AND NOT d.is_held
                    AND k.tenant_id = $1 AND k.camera_id = $2 AND k.stream = d.stream
                    AND k.start_at = d.start_at AND k.epoch = d.epoch AND k.sequence = d.sequence
                    AND k.start_at >= $4 AND k.start_at < $5
                    AND d.start_at >= $4 AND d.start_at < $5
                RETURNING k.length_bytes
                """,
                .id(tenant),
                .id(camera),
                .time(at),
                .time(start),
                .time(past)
            )
            return try Self.count(changed)
        }
    }

    /// Before step 3: a page of tombstones, of this run and of those before it, in the order of
    /// their names.
    package func tombstones(
        after last: Tombstone?,
        limit: Int
    ) async throws(CatalogError) -> [Tombstone] {
        try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT tenant_id, camera_id, stream, epoch, sequence, start_at, object_key,
                    length_bytes
                FROM chunks
                WHERE tombstoned_at IS NOT NULL AND ($1::uuid IS NULL
                    OR (tenant_id, camera_id, stream, start_at, epoch, sequence)
                        > ($1, $2, $3, $4, $5, $6))
                ORDER BY tenant_id, camera_id, stream, start_at, epoch, sequence LIMIT $7
                """,
                .id(last?.identity.tenant),
                .id(last?.identity.camera),
                .text(last?.identity.stream.rawValue),
                .time(last?.start),
                .int(last?.identity.epoch),
                .int(last?.identity.sequence),
                .int(limit)
            )
            return try rows.decode { row throws(DatabaseError) in
                Tombstone(
                    identity: ChunkIdentity(
                        tenant: try row.next(),
                        camera: try row.next(),
                        stream: try row.nextWord(),
                        epoch: try row.next(),
                        sequence: try row.next()
                    ),
                    start: try row.next(),
                    key: try row.next(),
                    bytes: try row.next()
                )
            }
        }
    }

    static func renewRetention(
        _ holder: UUID,
        _ session: inout Session
    ) throws(DatabaseError) {
        let renewed = try session.query(
            """
            UPDATE retention_state SET held_until = now() + interval '2 minutes'
            WHERE holder = $1 AND coalesce(rebuilding_until <= now(), true)
            """,
            .uuid(holder)
        )
        guard renewed.affected == 1 else {
            throw DatabaseError(
                .exhausted,
                "another run of retention has taken over, or an index is being rebuilt"
            )
        }
    }

    /// Held by whoever changes a rule or a hold of a tenant, and by who goes by them.
    static func lockRetention(
        _ tenant: TenantID,
        _ session: inout Session
    ) throws(DatabaseError) {
        try session.query(
            "SELECT pg_advisory_xact_lock(hashtextextended('retention/' || $1, 0))::text",
            .text(tenant.description)
        )
    }

    static func count(_ rows: RowSet) throws(DatabaseError) -> RetentionCount {
        var count = RetentionCount()
        for row in rows {
            count.chunks += 1
            count.bytes += try row.value(0, as: Int.self)
        }
        return count
    }
}
