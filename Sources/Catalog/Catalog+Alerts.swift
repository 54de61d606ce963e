import Database
package import Domain

extension Catalog {
    /// A page of alerts, the newest first.
    /// - Parameters:
    ///   - states: The ones that are listed.
    ///   - after: The end of the page before; nil for the first.
    ///   - limit: 1 to `AlertPage.limit`; what is outside is cut to that.
    package func alerts(
        _ tenant: TenantID,
        states: [AlertState],
        after: PageCursor?,
        limit: Int
    ) async throws(CatalogError) -> AlertPage {
        let limit = min(max(1, limit), AlertPage.limit)
        let afterID = after.flatMap { AlertID($0.id) }
        return try await asTenant(tenant) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT id, tenant_id, camera_id, kind, state, is_problem_present, reasons,
                    opened_at, acknowledged_at, acknowledged_by, resolved_at, resolved_by,
                    occurrences
                FROM alerts
                WHERE tenant_id = $1 AND state = ANY ($2)
                    AND ($4::uuid IS NULL OR (opened_at, id) < ($3, $4::uuid))
                ORDER BY opened_at DESC, id DESC LIMIT $5
                """,
                .id(tenant),
                .array(states.map { .text($0.rawValue) }, of: .text),
                .time(after?.time),
                .id(afterID),
                .int(limit + 1)
            )
            var alerts = try rows.decode { row throws(DatabaseError) in try Self.alert(&row) }
            let hasMore = alerts.count > limit
            if hasMore { alerts.removeLast() }
            let last = hasMore ? alerts.last : nil
            return AlertPage(
                alerts: alerts,
                next: last.map { PageCursor(time: $0.openedAt, id: "\($0.id)") }
            )
        }
    }

    /// An alert; nil if the tenant has none with that id.
    package func alert(
        _ tenant: TenantID,
        _ alert: AlertID
    ) async throws(CatalogError) -> Alert? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try Self.alert(tenant, alert, &session)
        }
    }

    /// Changes what people may change of an alert, with the event that tells of it, in one
    /// transaction under the camera's lock.
    /// - Parameter decide: Gets the alert, its camera's name and the time; nil changes nothing.
    /// - Returns: The alert as it is then; nil if the tenant has none with that id.
    package func updateAlert(
        _ tenant: TenantID,
        _ id: AlertID,
        _ decide: @escaping @Sendable (Alert, String, WallTime) -> (Alert, Event)?
    ) async throws(CatalogError) -> Alert? {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) -> Alert? in
            guard let seen = try Self.alert(tenant, id, &session) else { return nil }
            try Self.lockAlerts(tenant, seen.camera, &session)
            guard let alert = try Self.alert(tenant, id, &session) else { return nil }
            let rows = try session.query(
                "SELECT name, now() FROM cameras WHERE tenant_id = $1 AND id = $2",
                .id(tenant),
                .id(alert.camera)
            )
            let camera = try rows.decodeFirst { row throws(DatabaseError) in
                (name: try row.next(String.self), now: try row.next(WallTime.self))
            }
            guard let camera, let (changed, event) = decide(alert, camera.name, camera.now) else {
                return alert
            }
            try session.query(
                """
                UPDATE alerts SET state = $3, acknowledged_at = $4, acknowledged_by = $5,
                    resolved_at = $6, resolved_by = $7
                WHERE tenant_id = $1 AND id = $2
                """,
                .id(tenant),
                .id(id),
                .text(changed.state.rawValue),
                .time(changed.acknowledgedAt),
                .id(changed.acknowledgedBy),
                .time(changed.resolvedAt),
                .id(changed.resolvedBy)
            )
            try Self.add([event], tenant, &session)
            return changed
        }
    }

    static func alert(_ row: inout RowReader) throws(DatabaseError) -> Alert {
        let id: AlertID = try row.next()
        let tenant: TenantID = try row.next()
        let camera: CameraID = try row.next()
        let kind: AlertKind = try row.nextWord()
        let state: AlertState = try row.nextWord()
        let isProblemPresent: Bool = try row.next()
        var alert = Alert(
            id: id,
            tenant: tenant,
            camera: camera,
            kind: kind,
            reasons: try row.next(),
            openedAt: try row.next()
        )
        alert.state = state
        alert.isProblemPresent = isProblemPresent
        alert.acknowledgedAt = try row.nextOptional()
        alert.acknowledgedBy = try row.nextOptional()
        alert.resolvedAt = try row.nextOptional()
        alert.resolvedBy = try row.nextOptional()
        alert.occurrences = try row.next()
        return alert
    }

    static func alert(
        _ tenant: TenantID,
        _ alert: AlertID,
        _ session: inout Session
    ) throws(DatabaseError) -> Alert? {
        let rows = try session.query(
            """
            SELECT id, tenant_id, camera_id, kind, state, is_problem_present, reasons, opened_at,
                acknowledged_at, acknowledged_by, resolved_at, resolved_by, occurrences
            FROM alerts WHERE tenant_id = $1 AND id = $2
            """,
            .id(tenant),
            .id(alert)
        )
        return try rows.decodeFirst { row throws(DatabaseError) in try Self.alert(&row) }
    }
}
