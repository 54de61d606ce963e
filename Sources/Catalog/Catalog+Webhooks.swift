import Database
package import Domain

extension Catalog {
    /// All webhooks of a tenant, the oldest first.
    package func webhooks(_ tenant: TenantID) async throws(CatalogError) -> [Webhook] {
        try await asTenant(tenant) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT id, url, kinds, is_enabled, disabled_reason, failing_since, created_at
                FROM webhooks WHERE tenant_id = $1 ORDER BY created_at, id LIMIT $2
                """,
                .id(tenant),
                .int(Webhook.countLimit)
            )
            return try rows.decode { row throws(DatabaseError) in try Self.webhook(&row) }
        }
    }

    /// A webhook; nil if the tenant has none with that id.
    package func webhook(
        _ tenant: TenantID,
        _ id: WebhookID
    ) async throws(CatalogError) -> Webhook? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try Self.webhook(tenant, id, &session)
        }
    }

    /// Adds a webhook.
    ///
    /// `conflict`: the tenant has as many as it may have.
    /// - Parameter secret: Sealed.
    package func createWebhook(
        _ tenant: TenantID,
        id: WebhookID,
        url: String,
        kinds: [EventKind],
        isEnabled: Bool,
        secret: [UInt8]
    ) async throws(CatalogError) -> Webhook {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            // Who adds another one waits here, so none is added beyond the limit.
            try session.query(
                "SELECT pg_advisory_xact_lock(hashtextextended('webhooks/' || $1, 0))::text",
                .text(tenant.description)
            )
            let rows = try session.query(
                """
                INSERT INTO webhooks (tenant_id, id, url, secret, kinds, is_enabled)
                SELECT $1, $2, $3, $4, $5, $6
                WHERE (SELECT count(*) FROM webhooks WHERE tenant_id = $1) < $7
                RETURNING id, url, kinds, is_enabled, disabled_reason, failing_since, created_at
                """,
                .id(tenant),
                .id(id),
                .text(url),
                .bytes(secret),
                Self.words(kinds),
                .bool(isEnabled),
                .int(Webhook.countLimit)
            )
            let made = try rows.decodeFirst { row throws(DatabaseError) in try Self.webhook(&row) }
            guard let made else {
                throw DatabaseError(.server, "there are enough webhooks", sqlState: "23505")
            }
            return made
        }
    }

    /// Changes what is given. Switching on forgets why it was off.
    /// - Returns: Nil if the tenant has none with that id.
    package func updateWebhook(
        _ tenant: TenantID,
        _ id: WebhookID,
        url: String?,
        kinds: [EventKind]?,
        isEnabled: Bool?
    ) async throws(CatalogError) -> Webhook? {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) -> Webhook? in
            try session.query(
                """
                UPDATE webhooks SET url = coalesce($3, url),
                    kinds = CASE WHEN $4 THEN $5 ELSE kinds END,
                    is_enabled = coalesce($6, is_enabled),
                    disabled_reason = CASE WHEN $6 IS NULL THEN disabled_reason END,
                    failing_since = CASE WHEN $6 THEN NULL ELSE failing_since END
                WHERE tenant_id = $1 AND id = $2
                """,
                .id(tenant),
                .id(id),
                .text(url),
                .bool(kinds != nil),
                Self.words(kinds ?? []),
                .bool(isEnabled)
            )
            return try Self.webhook(tenant, id, &session)
        }
    }

    /// Removes a webhook with its log; what was not sent is not sent.
    /// - Returns: False if the tenant has none with that id.
    package func removeWebhook(
        _ tenant: TenantID,
        _ id: WebhookID
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            // The relay adds no message until this is over.
            try session.query(
                "SELECT id FROM webhooks WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
                .id(tenant),
                .id(id)
            )
            try session.query(
                "DELETE FROM webhook_deliveries WHERE tenant_id = $1 AND webhook_id = $2",
                .id(tenant),
                .id(id)
            )
            let gone = try session.query(
                "DELETE FROM webhooks WHERE tenant_id = $1 AND id = $2",
                .id(tenant),
                .id(id)
            )
            return gone.affected == 1
        }
    }

    /// Adds an event for one webhook alone, whatever kinds it gets.
    /// - Returns: False if the tenant has no such webhook, or it is switched off.
    package func sendTest(
        _ tenant: TenantID,
        _ id: WebhookID,
        _ event: Event
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            guard let webhook = try Self.webhook(tenant, id, &session), webhook.isEnabled else {
                return false
            }
            try Self.add([event], isRelayed: false, tenant, &session)
            try session.query(
                """
                INSERT INTO webhook_deliveries (tenant_id, webhook_id, event_id)
                VALUES ($1, $2, $3)
                """,
                .id(tenant),
                .id(id),
                .id(event.id)
            )
            return true
        }
    }

    /// A page of a webhook's log, the newest first.
    package func deliveries(
        _ tenant: TenantID,
        _ webhook: WebhookID,
        after: PageCursor?,
        limit: Int
    ) async throws(CatalogError) -> DeliveryPage {
        let limit = min(max(1, limit), DeliveryPage.limit)
        let afterID = after.flatMap { DeliveryID($0.id) }
        return try await asTenant(tenant) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT d.id, d.event_id, e.kind, d.state, d.attempts, d.tried_at, d.status, d.error,
                    CASE WHEN d.state = 'pending' THEN d.next_try_at END, d.created_at
                FROM webhook_deliveries d
                    JOIN events e ON e.tenant_id = d.tenant_id AND e.id = d.event_id
                WHERE d.tenant_id = $1 AND d.webhook_id = $2
                    AND ($4::uuid IS NULL OR (d.created_at, d.id) < ($3, $4::uuid))
                ORDER BY d.created_at DESC, d.id DESC LIMIT $5
                """,
                .id(tenant),
                .id(webhook),
                .time(after?.time),
                .id(afterID),
                .int(limit + 1)
            )
            var deliveries = try rows.decode { row throws(DatabaseError) in
                try Self.delivery(&row)
            }
            let hasMore = deliveries.count > limit
            if hasMore { deliveries.removeLast() }
            let last = hasMore ? deliveries.last : nil
            return DeliveryPage(
                deliveries: deliveries,
                next: last.map { PageCursor(time: $0.createdAt, id: "\($0.id)") }
            )
        }
    }

    private static func delivery(
        _ row: inout RowReader
    ) throws(DatabaseError) -> WebhookDelivery {
        WebhookDelivery(
            id: try row.next(),
            event: try row.next(),
            kind: try row.nextWord(),
            state: try row.nextWord(),
            attempts: try row.next(),
            triedAt: try row.nextOptional(),
            status: try row.nextOptional(),
            error: try row.nextOptional(),
            nextTryAt: try row.nextOptional(),
            createdAt: try row.next()
        )
    }

    static func webhook(
        _ tenant: TenantID,
        _ id: WebhookID,
        _ session: inout Session
    ) throws(DatabaseError) -> Webhook? {
        let rows = try session.query(
            """
            SELECT id, url, kinds, is_enabled, disabled_reason, failing_since, created_at
            FROM webhooks WHERE tenant_id = $1 AND id = $2
            """,
            .id(tenant),
            .id(id)
        )
        return try rows.decodeFirst { row throws(DatabaseError) in try Self.webhook(&row) }
    }

    private static func webhook(_ row: inout RowReader) throws(DatabaseError) -> Webhook {
        let id: WebhookID = try row.next()
        let url: String = try row.next()
        let kinds: [String] = try row.next()
        return Webhook(
            id: id,
            url: url,
            kinds: kinds.compactMap { EventKind(rawValue: $0) },
            isEnabled: try row.next(),
            disabledReason: try row.nextOptional(),
            failingSince: try row.nextOptional(),
            createdAt: try row.next()
        )
    }

    private static func words(_ kinds: [EventKind]) -> SQLValue {
        .array(kinds.map { .text($0.rawValue) }, of: .text)
    }
}
