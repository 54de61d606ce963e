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

    /// Step 2: hides the oldest day of one camera's footage that is past its retention and that no
    /// hold keeps. Call it until it says that nothing more is due.
    ///
    /// Rule and holds are read in the transaction that makes the tombstones, and neither changes
    /// meanwhile: who changes them takes the same lock.
    /// - Parameter start: The end of the day before, so that what is hidden is not looked through
    ///   again; nil at first.
    package func tombstone(
        _ holder: UUID,
        _ camera: CameraName,
        at: WallTime,
        from start: WallTime? = nil
    ) async throws(CatalogError) -> TombstonedDay {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try Self.renewRetention(holder, &session)
            try Self.lockRetention(camera.tenant, &session)
            let rows = try session.query(
                """
                SELECT r.days, r.created_at, h.may_be_held,
                    retention_first($3, $1, $2, r.days, r.created_at, h.may_be_held,
                        coalesce($4::timestamptz, '-infinity'), 'infinity')
                FROM camera_retention r
                    CROSS JOIN LATERAL (SELECT may_be_held($1, $2) OFFSET 0) h
                WHERE r.tenant_id = $1 AND r.camera_id = $2
                """,
                .id(camera.tenant),
                .id(camera.camera),
                .time(at),
                .time(start)
            )
            let found = try rows.decodeFirst { row throws(DatabaseError) in
                let days: Int = try row.next()
                let rule = TombstoneRule(
                    at: at,
                    days: days,
                    createdAt: try row.next(),
                    mayBeHeld: try row.next()
                )
                return (rule: rule, first: try row.nextOptional() as WallTime?)
            }
            guard let found, let first = found.first else {
                return TombstonedDay(hidden: RetentionCount(), end: nil)
            }
            let end = CivilDate(daysSinceEpoch: first.day.daysSinceEpoch + 1).start
            let hidden = try Self.hide(camera, found.rule, from: first, to: end, &session)
            return TombstonedDay(hidden: hidden, end: end)
        }
    }

    /// Makes tombstones of what of one camera begins in a span, is older than a rule and is not
    /// held. Without a join: how many rows are due is what the database knows least.
    static func hide(
        _ camera: CameraName,
        _ rule: TombstoneRule,
        from start: WallTime,
        to end: WallTime,
        _ session: inout Session
    ) throws(DatabaseError) -> RetentionCount {
        try count(
            session.query(
                """
                UPDATE chunks k SET tombstoned_at = now()
                WHERE k.tenant_id = $1 AND k.camera_id = $2 AND k.stream IN ('main', 'sub')
                    AND k.start_at >= $3 AND k.start_at < $4 AND k.tombstoned_at IS NULL
                    AND kept_from($5, k.start_at, k.end_at, k.registered_at, $7)
                        <= $5 - $6 * interval '24 hours'
                    AND NOT ($8 AND is_held($1, $2, k.start_at, k.end_at))
                RETURNING k.length_bytes
                """,
                .id(camera.tenant),
                .id(camera.camera),
                .time(start),
                .time(end),
                .time(rule.at),
                .int(rule.days),
                .time(rule.createdAt),
                .bool(rule.mayBeHeld)
            )
        )
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
                WHERE tombstoned_at IS NOT NULL
                    AND (tenant_id, camera_id, stream, start_at, epoch, sequence)
                        > ($1, $2, $3, $4, $5, $6)
                ORDER BY tenant_id, camera_id, stream, start_at, epoch, sequence LIMIT $7
                """,
                // Before the first name: an alternative such as `$1 IS NULL` has no index.
                .uuid(last?.identity.tenant.uuid ?? Self.leastUUID),
                .uuid(last?.identity.camera.uuid ?? Self.leastUUID),
                .text(last?.identity.stream.rawValue ?? ""),
                .time(last?.start ?? WallTime(microseconds: 0)),
                .int(last?.identity.epoch ?? 0),
                .int(last?.identity.sequence ?? 0),
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

    private static let leastUUID = UUID(
        uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    )

    /// Renews the right to run; throws if it is lost, or an index is being made anew.
    package func renewRetention(_ holder: UUID) async throws(CatalogError) {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try Self.renewRetention(holder, &session)
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
