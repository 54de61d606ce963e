import Database
package import Domain

/// From events to messages, and what becomes of them. Everything here is repeated safely: an event
/// leaves the outbox in the transaction that makes its deliveries, and a message that was taken by
/// a process that died comes back when its time is over.
extension Catalog {
    /// Events of one pass.
    private static let outboxBatch = 256
    /// Characters kept of an error.
    private static let errorLength = 500

    /// Makes a delivery for every event in the outbox and every webhook that wants it.
    /// - Returns: The number of events.
    package func relayOutbox() async throws(CatalogError) -> Int {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                WITH taken AS (
                    DELETE FROM outbox WHERE (tenant_id, event_id) IN (
                        SELECT tenant_id, event_id FROM outbox
                        ORDER BY created_at LIMIT $1)
                    RETURNING tenant_id, event_id
                ), given AS (
                    INSERT INTO webhook_deliveries (tenant_id, webhook_id, event_id)
                    SELECT w.tenant_id, w.id, e.id
                    FROM taken t
                        JOIN events e ON e.tenant_id = t.tenant_id AND e.id = t.event_id
                        JOIN webhooks w ON w.tenant_id = t.tenant_id AND w.is_enabled
                            AND e.kind = ANY (w.kinds)
                    ON CONFLICT (tenant_id, webhook_id, event_id) DO NOTHING
                )
                SELECT count(*) FROM taken
                """,
                .int(Self.outboxBatch)
            )
            return try rows.first?.value(0) ?? 0
        }
    }

    /// Takes messages that are due; each comes back after `holding` unless `finish` is called.
    /// - Parameters:
    ///   - except: Webhooks that are busy.
    ///   - perWebhook: Messages of one webhook at most, the oldest first.
    package func claimMessages(
        limit: Int,
        perWebhook: Int,
        except: [WebhookID],
        holding: Duration
    ) async throws(CatalogError) -> [WebhookMessage] {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                WITH due AS (
                    SELECT d.tenant_id, d.id, row_number() OVER (
                        PARTITION BY d.tenant_id, d.webhook_id ORDER BY d.created_at, d.id) AS place
                    FROM webhook_deliveries d
                        JOIN webhooks w ON w.tenant_id = d.tenant_id AND w.id = d.webhook_id
                    WHERE d.state = 'pending' AND d.next_try_at <= now() AND w.is_enabled
                        AND d.webhook_id <> ALL ($3)
                ), locked AS (
                    SELECT d.tenant_id, d.id FROM webhook_deliveries d
                        JOIN due ON due.tenant_id = d.tenant_id AND due.id = d.id
                    WHERE due.place <= $2 AND d.state = 'pending' AND d.next_try_at <= now()
                    ORDER BY d.created_at LIMIT $1 FOR UPDATE OF d SKIP LOCKED
                ), taken AS (
                    UPDATE webhook_deliveries d SET attempts = d.attempts + 1, tried_at = now(),
                        next_try_at = now() + $4 * interval '1 second'
                    FROM locked WHERE d.tenant_id = locked.tenant_id AND d.id = locked.id
                    RETURNING d.tenant_id, d.id, d.webhook_id, d.event_id, d.attempts, d.created_at
                )
                SELECT t.tenant_id, t.id, t.webhook_id, w.url, w.secret, t.attempts,
                    (extract(epoch FROM now() - t.created_at) * 1000000)::bigint,
                    e.id, e.kind, e.at, e.camera_id, e.alert_id, e.data
                FROM taken t
                    JOIN webhooks w ON w.tenant_id = t.tenant_id AND w.id = t.webhook_id
                    JOIN events e ON e.tenant_id = t.tenant_id AND e.id = t.event_id
                ORDER BY t.created_at, t.id
                """,
                .int(limit),
                .int(perWebhook),
                .array(except.map { .id($0) }, of: .uuid),
                .double(Double(holding.components.seconds))
            )
            return try rows.decode { row throws(DatabaseError) in
                let tenant: TenantID = try row.next()
                let delivery: DeliveryID = try row.next()
                let webhook: WebhookID = try row.next()
                let url: String = try row.next()
                let secret: [UInt8] = try row.next()
                let attempt: Int = try row.next()
                let age: Int64 = try row.next()
                return WebhookMessage(
                    tenant: tenant,
                    delivery: delivery,
                    webhook: webhook,
                    url: url,
                    secret: secret,
                    event: try Self.event(&row),
                    attempt: attempt,
                    age: age
                )
            }
        }
    }

    /// Writes what became of an attempt into the log, and switches a webhook off that has failed
    /// for too long.
    /// - Parameter failureLimit: Microseconds of failures without a success.
    package func finish(
        _ message: WebhookMessage,
        _ result: DeliveryResult,
        status: Int?,
        error: String?,
        failureLimit: Int64
    ) async throws(CatalogError) {
        var state = WebhookDelivery.State.failed
        var wait: Int64 = 0
        switch result {
        case .delivered: state = .delivered
        case .retry(let after): (state, wait) = (.pending, after)
        case .failed, .disabled: break
        }
        let (stored, delay) = (state, wait)
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try session.query(
                """
                UPDATE webhook_deliveries SET state = $3, status = $4, error = $5,
                    next_try_at = now() + $6 * interval '1 microsecond'
                WHERE tenant_id = $1 AND id = $2
                """,
                .id(message.tenant),
                .id(message.delivery),
                .text(stored.rawValue),
                .int(status.map { Int64($0) }),
                .text(error.map { String($0.prefix(Self.errorLength)) }),
                .double(Double(delay))
            )
            try session.query(
                """
                UPDATE webhooks SET
                    failing_since = CASE WHEN $3 THEN NULL ELSE coalesce(failing_since, now()) END,
                    is_enabled = is_enabled AND NOT $4 AND ($3 OR failing_since IS NULL
                        OR failing_since > now() - $5 * interval '1 microsecond'),
                    disabled_reason = CASE
                        WHEN is_enabled AND $4 THEN $6
                        WHEN is_enabled AND NOT $3
                            AND failing_since <= now() - $5 * interval '1 microsecond'
                            THEN 'every attempt has failed for too long; the last: ' || $6
                        ELSE disabled_reason END
                WHERE tenant_id = $1 AND id = $2
                    AND NOT ($3 AND failing_since IS NULL)
                """,
                .id(message.tenant),
                .id(message.webhook),
                .bool(result == .delivered),
                .bool(result == .disabled),
                .double(Double(failureLimit)),
                .text(String((error ?? "").prefix(400)))
            )
        }
    }

    /// What the gauges show, over all tenants.
    package func relayCounts() async throws(CatalogError) -> RelayCounts {
        try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT (SELECT count(*) FROM alerts WHERE state <> 'resolved'
                        AND is_problem_present),
                    (SELECT count(*) FROM webhook_deliveries WHERE state = 'pending'),
                    coalesce((SELECT extract(epoch FROM now() - min(created_at))::double precision
                        FROM outbox), 0),
                    (SELECT count(*) FROM webhooks WHERE NOT is_enabled
                        AND disabled_reason IS NOT NULL)
                """
            )
            let counts = try rows.decodeFirst { row throws(DatabaseError) in
                RelayCounts(
                    openAlerts: try row.next(),
                    pending: try row.next(),
                    oldestSeconds: try row.next(),
                    disabled: try row.next()
                )
            }
            return counts ?? RelayCounts(openAlerts: 0, pending: 0, oldestSeconds: 0, disabled: 0)
        }
    }

    /// Deletes messages that are done, or that a webhook that is off left behind, and events, after
    /// their time.
    /// - Parameters:
    ///   - days: How long they are kept.
    ///   - limit: Rows of each kind at most.
    package func pruneEvents(days: Int, limit: Int) async throws(CatalogError) {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try session.query(
                """
                DELETE FROM webhook_deliveries WHERE (tenant_id, id) IN (
                    SELECT tenant_id, id FROM webhook_deliveries
                    WHERE next_try_at < now() - $1 * interval '1 day'
                    LIMIT $2)
                """,
                .double(Double(days)),
                .int(limit)
            )
            try session.query(
                """
                DELETE FROM events WHERE (tenant_id, id) IN (
                    SELECT e.tenant_id, e.id FROM events e
                    WHERE e.at < now() - $1 * interval '1 day'
                        AND NOT EXISTS (SELECT FROM outbox o WHERE o.tenant_id = e.tenant_id
                            AND o.event_id = e.id)
                        AND NOT EXISTS (SELECT FROM webhook_deliveries d
                            WHERE d.tenant_id = e.tenant_id AND d.event_id = e.id)
                    LIMIT $2)
                """,
                .double(Double(days)),
                .int(limit)
            )
        }
    }
}
