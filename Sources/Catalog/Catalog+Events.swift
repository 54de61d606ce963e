import Database
package import Domain

/// A page of events in the order in which they became visible.
package struct EventPage: Hashable, Sendable {
    /// Most events of a page.
    package static let limit = 500

    package var events: [Event]
    /// Where the next page begins, also at the end: later events come there.
    package var next: Int64
}

extension Catalog {
    /// Events after a place in the list, the oldest first.
    /// - Parameters:
    ///   - after: The `next` of the page before; 0 for the first.
    ///   - limit: 1 to `EventPage.limit`; what is outside is cut to that.
    package func events(
        _ tenant: TenantID,
        after: Int64,
        limit: Int
    ) async throws(CatalogError) -> EventPage {
        let limit = min(max(1, limit), EventPage.limit)
        return try await asTenant(tenant) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT sequence, id, kind, at, camera_id, alert_id, data FROM events
                WHERE tenant_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3
                """,
                .id(tenant),
                .int(after),
                .int(limit)
            )
            var next = after
            let events = try rows.decode { row throws(DatabaseError) -> Event in
                next = try row.next()
                return try Self.event(&row)
            }
            return EventPage(events: events, next: next)
        }
    }

    /// Adds events. Call last in a transaction: the lock that keeps the sequence in the order of
    /// commits is held to its end.
    /// - Parameter isRelayed: Whether they go to every webhook that wants their kind.
    static func add(
        _ events: [Event],
        isRelayed: Bool = true,
        _ tenant: TenantID,
        _ session: inout Session
    ) throws(DatabaseError) {
        if events.isEmpty { return }
        try session.query(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text",
            .text("events/\(tenant)")
        )
        for event in events {
            try session.query(
                """
                INSERT INTO events (tenant_id, id, kind, at, camera_id, alert_id, data)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                """,
                .id(tenant),
                .id(event.id),
                .text(event.kind.rawValue),
                .time(event.at),
                .id(event.camera),
                .id(event.alert),
                .text(event.data)
            )
            guard isRelayed else { continue }
            try session.query(
                "INSERT INTO outbox (tenant_id, event_id) VALUES ($1, $2)",
                .id(tenant),
                .id(event.id)
            )
        }
    }

    static func event(_ row: inout RowReader) throws(DatabaseError) -> Event {
        Event(
            id: try row.next(),
            kind: try row.nextWord(),
            at: try row.next(),
            camera: try row.nextOptional(),
            alert: try row.nextOptional(),
            data: try row.next()
        )
    }
}
