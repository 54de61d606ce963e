import Database
package import Domain

extension Catalog {
    /// Rows of each part of a snapshot; far above what one coordinator serves.
    private static let healthLimit = 100_000
    /// Reasons kept of a condition and an alert, and characters of each.
    private static let reasonLimit = 8
    private static let reasonLength = 500

    /// How long an alert about given up footage lasts after the last of it, seconds: longer than a
    /// chunk, so that a spool that loses one chunk after another is one alert.
    private static let lossMemory = 900.0

    /// What decides about alerts, of all tenants.
    package func healthSnapshot() async throws(CatalogError) -> HealthSnapshot {
        try await asPlatform { session throws(DatabaseError) in
            let streams = try session.query(
                """
                SELECT s.tenant_id, s.camera_id, s.stream, l.worker_id, r.worker_id, r.state,
                    r.reasons, r.gap, r.spool_is_filling, r.reported_at,
                    EXISTS (SELECT FROM chunk_drops d WHERE d.tenant_id = s.tenant_id
                        AND d.camera_id = s.camera_id AND d.stream = s.stream
                        AND d.told_at > now() - $2 * interval '1 second')
                FROM camera_streams s
                    JOIN cameras c ON c.tenant_id = s.tenant_id AND c.id = s.camera_id
                    LEFT JOIN stream_leases l ON l.tenant_id = s.tenant_id
                        AND l.camera_id = s.camera_id AND l.stream = s.stream
                    LEFT JOIN stream_status r ON r.tenant_id = s.tenant_id
                        AND r.camera_id = s.camera_id AND r.stream = s.stream
                WHERE c.removed_at IS NULL
                    AND EXISTS (SELECT FROM tenants t WHERE t.id = s.tenant_id
                        AND t.state <> 'closed')
                ORDER BY s.tenant_id, s.camera_id, s.stream LIMIT $1
                """,
                .int(Self.healthLimit),
                .double(Self.lossMemory)
            )
            let states = try session.query(
                """
                SELECT h.tenant_id, h.camera_id, h.state FROM camera_conditions h
                    JOIN cameras c ON c.tenant_id = h.tenant_id AND c.id = h.camera_id
                WHERE c.removed_at IS NULL
                    AND EXISTS (SELECT FROM tenants t WHERE t.id = h.tenant_id
                        AND t.state <> 'closed') LIMIT $1
                """,
                .int(Self.healthLimit)
            )
            let problems = try session.query(
                """
                SELECT tenant_id, camera_id, kind FROM alerts WHERE is_problem_present LIMIT $1
                """,
                .int(Self.healthLimit)
            )
            return HealthSnapshot(
                streams: try streams.decode { row throws(DatabaseError) in try Self.watched(&row) },
                states: try states.decode { row throws(DatabaseError) in
                    HealthSnapshot.State(
                        tenant: try row.next(),
                        camera: try row.next(),
                        state: try row.nextWord()
                    )
                },
                problems: try problems.decode { row throws(DatabaseError) in
                    HealthSnapshot.Problem(
                        tenant: try row.next(),
                        camera: try row.next(),
                        kind: try row.nextWord()
                    )
                }
            )
        }
    }

    /// Reads what is stored of a camera and stores what follows from it, in one transaction that
    /// holds the camera's lock: state, alerts, events and the outbox agree, and of two coordinators
    /// the second one sees what the first one did.
    /// - Returns: What was stored; empty if the camera does not exist.
    package func updateHealth(
        _ tenant: TenantID,
        _ camera: CameraID,
        _ decide: @escaping @Sendable (CameraHealth) -> CameraHealthChange
    ) async throws(CatalogError) -> CameraHealthChange {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try Self.lockAlerts(tenant, camera, &session)
            guard let health = try Self.health(tenant, camera, &session) else {
                return CameraHealthChange()
            }
            let change = decide(health)
            if let condition = change.condition {
                try Self.store(condition, tenant, camera, at: health.now, &session)
            }
            for alert in change.alerts { try Self.store(alert, &session) }
            try Self.add(change.events, tenant, &session)
            return change
        }
    }

    /// Keeps other transactions from this camera's alerts until this one ends.
    static func lockAlerts(
        _ tenant: TenantID,
        _ camera: CameraID,
        _ session: inout Session
    ) throws(DatabaseError) {
        try session.query(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text",
            .text("alerts/\(tenant)/\(camera)")
        )
    }

    private static func watched(
        _ row: inout RowReader
    ) throws(DatabaseError) -> HealthSnapshot.Stream {
        var stream = HealthSnapshot.Stream(
            tenant: try row.next(),
            camera: try row.next(),
            stream: try row.nextWord(),
            worker: try row.nextOptional(),
            report: nil
        )
        let worker: WorkerID? = try row.nextOptional()
        let state: String? = try row.nextOptional()
        let reasons: [String]? = try row.nextOptional()
        let gap: String? = try row.nextOptional()
        let isFilling: Bool? = try row.nextOptional()
        let reportedAt: WallTime? = try row.nextOptional()
        stream.isLosing = try row.next()
        guard let worker, let reportedAt else { return stream }
        guard let state = state.flatMap({ CameraState(rawValue: $0) }) else {
            throw DatabaseError(.decoding, "a stream's state is none of ours")
        }
        stream.report = HealthSnapshot.Report(
            worker: worker,
            condition: CameraCondition(
                state: state,
                reasons: reasons ?? [],
                gap: gap.flatMap { GapReason(rawValue: $0) },
                isSpoolFilling: isFilling ?? false
            ),
            reportedAt: reportedAt
        )
        return stream
    }

    private static func health(
        _ tenant: TenantID,
        _ camera: CameraID,
        _ session: inout Session
    ) throws(DatabaseError) -> CameraHealth? {
        let rows = try session.query(
            """
            SELECT c.name, c.removed_at IS NOT NULL, h.state, now() FROM cameras c
                LEFT JOIN camera_conditions h ON h.tenant_id = c.tenant_id AND h.camera_id = c.id
            WHERE c.tenant_id = $1 AND c.id = $2
            """,
            .id(tenant),
            .id(camera)
        )
        let found = try rows.decodeFirst { row throws(DatabaseError) -> CameraHealth in
            let name: String = try row.next()
            let isRemoved: Bool = try row.next()
            let state: String? = try row.nextOptional()
            return CameraHealth(
                name: name,
                isRemoved: isRemoved,
                state: state.flatMap { CameraState(rawValue: $0) },
                alerts: [:],
                now: try row.next()
            )
        }
        guard var health = found else { return nil }
        let alerts = try session.query(
            """
            SELECT DISTINCT ON (kind) id, tenant_id, camera_id, kind, state, is_problem_present,
                reasons, opened_at, acknowledged_at, acknowledged_by, resolved_at, resolved_by,
                occurrences
            FROM alerts WHERE tenant_id = $1 AND camera_id = $2
            ORDER BY kind, is_problem_present DESC, opened_at DESC
            """,
            .id(tenant),
            .id(camera)
        )
        for alert in try alerts.decode({ row throws(DatabaseError) in try Self.alert(&row) }) {
            health.alerts[alert.kind] = alert
        }
        return health
    }

    private static func store(
        _ condition: CameraCondition,
        _ tenant: TenantID,
        _ camera: CameraID,
        at now: WallTime,
        _ session: inout Session
    ) throws(DatabaseError) {
        try session.query(
            """
            INSERT INTO camera_conditions (tenant_id, camera_id, state, since, reasons)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (tenant_id, camera_id) DO UPDATE SET state = excluded.state,
                since = excluded.since, reasons = excluded.reasons
            """,
            .id(tenant),
            .id(camera),
            .text(condition.state.rawValue),
            .time(now),
            texts(condition.reasons)
        )
    }

    private static func store(_ alert: Alert, _ session: inout Session) throws(DatabaseError) {
        try session.query(
            """
            INSERT INTO alerts (tenant_id, id, camera_id, kind, state, is_problem_present, reasons,
                opened_at, occurrences)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (tenant_id, id) DO UPDATE SET state = excluded.state,
                is_problem_present = excluded.is_problem_present, reasons = excluded.reasons,
                occurrences = excluded.occurrences, acknowledged_at = $10, acknowledged_by = $11,
                resolved_at = $12, resolved_by = $13
            """,
            .id(alert.tenant),
            .id(alert.id),
            .id(alert.camera),
            .text(alert.kind.rawValue),
            .text(alert.state.rawValue),
            .bool(alert.isProblemPresent),
            texts(alert.reasons),
            .time(alert.openedAt),
            .int(alert.occurrences),
            .time(alert.acknowledgedAt),
            .id(alert.acknowledgedBy),
            .time(alert.resolvedAt),
            .id(alert.resolvedBy)
        )
    }

    private static func texts(_ reasons: [String]) -> SQLValue {
        .array(
            reasons.prefix(reasonLimit).map { .text(String($0.prefix(reasonLength))) },
            of: .text
        )
    }
}
