import Database
package import Domain
package import FoundationEssentials

/// How much may be stored: what there is, and what goes first where it is too much.
///
/// What goes is the oldest of all cameras of an organisation, or of the store. Neither what is
/// younger than the organisation's minimum nor what a hold keeps is ever deleted for a quota.
extension Catalog {
    /// Bytes that a quota may have: a megabyte to a million terabytes.
    package static let quotaRange = 1_000_000...1_000_000_000_000_000_000
    /// Cameras of one statement.
    private static let firstPage = 100
    /// Chunks of a camera in an hour: those of two streams and a second each.
    private static let hourLimit = 7_200
    /// Days of one answer: more than ten years.
    private static let dayLimit = 4_000

    /// What every organisation stores, by name.
    package func storeUse() async throws(CatalogError) -> [StoreUse] {
        try await asPlatform { session throws(DatabaseError) in
            try session.query(
                """
                SELECT t.id, t.name, t.quota_bytes, coalesce(f.bytes, 0),
                    EXISTS (SELECT FROM restored_footage r
                        WHERE r.tenant_id = t.id AND r.released_at IS NULL)
                FROM tenants t LEFT JOIN (SELECT tenant_id, sum(bytes)::bigint AS bytes
                    FROM footage_days GROUP BY tenant_id) f ON f.tenant_id = t.id
                ORDER BY lower(t.name), t.id
                """
            ).decode { row throws(DatabaseError) in
                StoreUse(
                    tenant: try row.next(),
                    name: try row.next(),
                    quotaBytes: try row.nextOptional(),
                    storedBytes: try row.next(),
                    isProtected: try row.next()
                )
            }
        }
    }

    /// What one organisation stores; nil if there is none.
    package func storeUse(_ tenant: TenantID) async throws(CatalogError) -> StoreUse? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                """
                SELECT t.id, t.name, t.quota_bytes, (SELECT coalesce(sum(f.bytes), 0)::bigint
                        FROM footage_days f WHERE f.tenant_id = t.id),
                    EXISTS (SELECT FROM restored_footage r
                        WHERE r.tenant_id = t.id AND r.released_at IS NULL)
                FROM tenants t WHERE t.id = $1
                """,
                .id(tenant)
            ).decodeFirst { row throws(DatabaseError) in
                StoreUse(
                    tenant: try row.next(),
                    name: try row.next(),
                    quotaBytes: try row.nextOptional(),
                    storedBytes: try row.next(),
                    isProtected: try row.next()
                )
            }
        }
    }

    /// Sets how much an organisation may store; the next run of retention goes by it.
    /// - Parameter bytes: `quotaRange`; nil: as much as its days make.
    /// - Returns: False if there is no such organisation.
    package func setQuota(
        _ tenant: TenantID,
        bytes: Int?
    ) async throws(CatalogError) -> Bool {
        guard bytes.map({ Self.quotaRange ~= $0 }) ?? true else {
            throw CatalogError(.invalid, "a quota is a megabyte at least")
        }
        return try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try Self.lockRetention(tenant, &session)
            return try session.query(
                "UPDATE tenants SET quota_bytes = $2 WHERE id = $1",
                .id(tenant),
                .int(bytes.map { Int64($0) })
            ).affected == 1
        }
    }

    /// Bytes of footage by day, as days since 1970, the oldest first.
    /// - Parameter tenant: Nil: of all.
    package func footageByDay(
        _ tenant: TenantID?
    ) async throws(CatalogError) -> [(day: Int, bytes: Int)] {
        try await asPlatform { session throws(DatabaseError) in
            try session.query(
                """
                SELECT (day - date '1970-01-01')::bigint, sum(bytes)::bigint FROM footage_days
                WHERE bytes > 0 AND ($1::uuid IS NULL OR tenant_id = $1)
                GROUP BY 1 ORDER BY 1 LIMIT $2
                """,
                .id(tenant),
                .int(Self.dayLimit)
            ).decode { row throws(DatabaseError) in
                (day: try row.next(Int.self), bytes: try row.next(Int.self))
            }
        }
    }

    /// For each camera with footage of a day that a quota may delete, where that begins. A camera of
    /// which the database is too slow to say so is left out.
    /// - Parameters:
    ///   - holder: Whose right to run is renewed meanwhile.
    ///   - tenant: Nil: of all.
    ///   - day: Days since 1970, in UTC.
    package func firstFootage(
        _ holder: UUID,
        _ tenant: TenantID?,
        day: Int,
        at: WallTime
    ) async throws(CatalogError) -> [FirstFootage] {
        let cameras = try await asPlatform { session throws(DatabaseError) in
            try session.query(
                """
                SELECT tenant_id, camera_id FROM footage_days
                WHERE day = date '1970-01-01' + $2::int AND bytes > 0
                    AND ($1::uuid IS NULL OR tenant_id = $1)
                ORDER BY tenant_id, camera_id
                """,
                .id(tenant),
                .int(day)
            ).decode { row throws(DatabaseError) in
                CameraName(tenant: try row.next(), camera: try row.next())
            }
        }
        var first: [FirstFootage] = []
        var (start, size) = (0, Self.firstPage)
        while start < cameras.count {
            try await renewRetention(holder)
            let page = Array(cameras[start..<min(start + size, cameras.count)])
            do throws(CatalogError) {
                first += try await firstFootage(of: page, day: day, at: at)
            } catch {
                guard error.code == .timeout else { throw error }
                if page.count > 1 {
                    size = page.count / 2
                    continue
                }
            }
            start += page.count
        }
        return first
    }

    private func firstFootage(
        of cameras: [CameraName],
        day: Int,
        at: WallTime
    ) async throws(CatalogError) -> [FirstFootage] {
        try await asPlatform { session throws(DatabaseError) in
            try session.query(
                """
                SELECT f.tenant_id, f.id, f.start_at FROM (
                    SELECT c.tenant_id, c.id, retention_first($1, c.tenant_id, c.id,
                        t.retention_minimum_days, c.created_at, h.may_be_held, $2, $3)
                        AS start_at
                    FROM unnest($4::uuid[], $5::uuid[]) AS o (tenant, camera)
                        JOIN cameras c ON c.tenant_id = o.tenant AND c.id = o.camera
                        JOIN tenants t ON t.id = c.tenant_id
                        CROSS JOIN LATERAL (SELECT may_be_held(c.tenant_id, c.id) OFFSET 0) h
                    OFFSET 0) f
                WHERE f.start_at IS NOT NULL ORDER BY f.tenant_id, f.id
                """,
                .time(at),
                .time(CivilDate(daysSinceEpoch: Int64(day)).start),
                .time(CivilDate(daysSinceEpoch: Int64(day) + 1).start),
                .array(cameras.map { .id($0.tenant) }, of: .uuid),
                .array(cameras.map { .id($0.camera) }, of: .uuid)
            ).decode { row throws(DatabaseError) in
                FirstFootage(
                    camera: CameraName(tenant: try row.next(), camera: try row.next()),
                    start: try row.next()
                )
            }
        }
    }

    /// Part of step 2: hides the oldest of one camera's footage that begins in a span, until
    /// `excess` bytes are hidden; the chunk with which they are is the last.
    /// - Parameters:
    ///   - start: First moment of the span.
    ///   - end: Its end, an hour after `start` at most.
    ///   - quota: The organisation's own, for which it is hidden; nil: it is the store's.
    ///   - excess: Bytes, above 0.
    /// - Returns: Nil if the organisation's quota is another one by now.
    package func tombstoneOldest(
        _ holder: UUID,
        _ camera: CameraName,
        at: WallTime,
        from start: WallTime,
        to end: WallTime,
        quota: Int?,
        excess: Int
    ) async throws(CatalogError) -> RetentionCount? {
        try await asPlatform(.readWrite) { session throws(DatabaseError) -> RetentionCount? in
            try Self.renewRetention(holder, &session)
            try Self.lockRetention(camera.tenant, &session)
            guard let (rule, present) = try Self.minimumRule(camera, at, &session) else {
                return RetentionCount()
            }
            // Who sets another quota takes this lock, and then nothing more goes for the old one.
            if let quota, quota != present { return nil }
            let rows = try session.query(
                """
                SELECT k.start_at, k.length_bytes FROM chunks k
                WHERE k.tenant_id = $1 AND k.camera_id = $2 AND k.stream IN ('main', 'sub')
                    AND k.start_at >= $3 AND k.start_at < $4 AND k.tombstoned_at IS NULL
                    AND kept_from($5, k.start_at, k.end_at, k.registered_at, $7)
                        <= $5 - $6 * interval '24 hours'
                    AND NOT ($8 AND is_held($1, $2, k.start_at, k.end_at))
                ORDER BY k.start_at LIMIT $9
                """,
                .id(camera.tenant),
                .id(camera.camera),
                .time(start),
                .time(end),
                .time(rule.at),
                .int(rule.days),
                .time(rule.createdAt),
                .bool(rule.mayBeHeld),
                .int(Self.hourLimit)
            )
            var (bytes, last) = (0, start)
            for row in rows where bytes < excess {
                last = try row.value(0)
                bytes += try row.value(1, as: Int.self)
            }
            if bytes == 0 { return RetentionCount() }
            let past = WallTime(microseconds: last.microseconds + 1)
            return try Self.hide(camera, rule, from: start, to: past, &session)
        }
    }

    /// The rule by which a quota goes, the organisation's minimum; and its present quota.
    private static func minimumRule(
        _ camera: CameraName,
        _ at: WallTime,
        _ session: inout Session
    ) throws(DatabaseError) -> (TombstoneRule, quota: Int?)? {
        try session.query(
            """
            SELECT t.retention_minimum_days, c.created_at, may_be_held($1, $2), t.quota_bytes
            FROM cameras c JOIN tenants t ON t.id = c.tenant_id
            WHERE c.tenant_id = $1 AND c.id = $2
            """,
            .id(camera.tenant),
            .id(camera.camera)
        ).decodeFirst { row throws(DatabaseError) in
            let rule = TombstoneRule(
                at: at,
                days: try row.next(),
                createdAt: try row.next(),
                mayBeHeld: try row.next()
            )
            return (rule, quota: try row.nextOptional())
        }
    }
}
