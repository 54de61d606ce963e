import Database
package import Domain

/// Visits of a provider's people, and what an organisation says of its own.
extension Catalog {
    /// Begins a visit: the login and what the client sees of it.
    ///
    /// `notFound`: the provider has no client with that id. `forbidden`: the client lets nobody in,
    /// is not active, requires a second factor that the visitor's login did not show, or the visitor
    /// is not any more what `visitor` says.
    package func beginVisit(
        _ client: TenantID,
        by visitor: ActingUser,
        in home: SessionID,
        id: SessionID,
        role: String,
        reason: String,
        minutes: Int,
        address: String,
        agent: String
    ) async throws(CatalogError) -> Visit {
        try await asTenant(visitor.tenant, .readWrite) { session throws(DatabaseError) in
            try Self.check(visitor, &session)
            guard let found = try Self.client(visitor.tenant, client, &session) else {
                throw DatabaseError(.server, "there is no such client", sqlState: "23503")
            }
            guard found.state == .active, found.allowsVisits else {
                throw DatabaseError(.server, "the client lets nobody in", sqlState: "42501")
            }
            let email: String? = try session.query(
                "SELECT email FROM users WHERE tenant_id = $1 AND id = $2",
                .id(visitor.tenant),
                .id(visitor.id)
            ).first?.value(0)
            // Of this login, not of the person: one through a provider may have shown none.
            let showsFactor: Bool? = try session.query(
                """
                SELECT shows_factor FROM sessions WHERE tenant_id = $1 AND id = $2 AND user_id = $3
                    AND ended_at IS NULL
                """,
                .id(visitor.tenant),
                .id(home),
                .id(visitor.id)
            ).first?.value(0)
            try Self.enter(client, of: visitor.tenant, &session)
            // Held as by logins, so that it is not required from here to the end.
            try Self.lockPolicy(client, &session)
            if try Self.requiresSecondFactor(client, &session), showsFactor != true {
                throw DatabaseError(.server, "a second factor is required", sqlState: "42501")
            }
            // As a login: who suspends or shuts out meanwhile either comes first or ends it.
            let open = try session.query(
                """
                SELECT id FROM tenants WHERE id = $1 AND state = 'active' AND allows_visits
                FOR SHARE
                """,
                .id(client)
            )
            guard open.first != nil else {
                throw DatabaseError(.server, "the client lets nobody in", sqlState: "42501")
            }
            let visit = try session.query(
                """
                INSERT INTO visits (tenant_id, id, provider_id, user_id, email, role, reason,
                    expires_at, home_session)
                VALUES ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 minute', $9)
                RETURNING id, tenant_id, provider_id, user_id, email, role, reason, began_at,
                    expires_at, ended_at
                """,
                .id(client),
                .id(id),
                .id(visitor.tenant),
                .id(visitor.id),
                .text(email),
                .text(role),
                .text(reason),
                .double(Double(minutes)),
                .id(home)
            ).decodeFirst { row throws(DatabaseError) in try Self.visit(&row) }
            guard let visit else { throw DatabaseError(.decoding, "no visit was returned") }
            try session.query(
                """
                INSERT INTO sessions (tenant_id, id, user_id, expires_at, address, agent,
                    shows_factor)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                """,
                .id(client),
                .id(id),
                .id(visitor.id),
                .time(visit.expiresAt),
                .text(String(address.prefix(64))),
                .text(String(agent.unicodeScalars.prefix(256))),
                .bool(showsFactor == true)
            )
            return visit
        }
    }

    /// A page of visits to an organisation, the newest first.
    package func visits(
        _ tenant: TenantID,
        after: PageCursor?,
        limit: Int
    ) async throws(CatalogError) -> (visits: [Visit], next: PageCursor?) {
        let limit = min(max(1, limit), Visit.pageLimit)
        let afterID = after.flatMap { SessionID($0.id) }
        return try await asTenant(tenant) { session throws(DatabaseError) in
            var visits = try session.query(
                """
                SELECT id, tenant_id, provider_id, user_id, email, role, reason, began_at,
                    expires_at, ended_at
                FROM visits WHERE tenant_id = $1
                    AND ($3::uuid IS NULL OR (began_at, id) < ($2, $3::uuid))
                ORDER BY began_at DESC, id DESC LIMIT $4
                """,
                .id(tenant),
                .time(after?.time),
                .id(afterID),
                .int(limit + 1)
            ).decode { row throws(DatabaseError) in try Self.visit(&row) }
            let hasMore = visits.count > limit
            if hasMore { visits.removeLast() }
            let last = hasMore ? visits.last : nil
            return (visits, last.map { PageCursor(time: $0.beganAt, id: "\($0.id)") })
        }
    }

    /// Who is on a visit that goes on, as the provider has the person; nil if it does not, if the
    /// login that began it ended, or the person has none there any more.
    package func visitor(
        _ tenant: TenantID,
        _ visit: SessionID,
        from provider: TenantID,
        _ user: UserID
    ) async throws(CatalogError) -> User? {
        let home = try await asTenant(tenant) { session throws(DatabaseError) -> SessionID? in
            try session.query(
                """
                SELECT v.home_session FROM visits v JOIN tenants t ON t.id = v.tenant_id
                WHERE v.tenant_id = $1 AND v.id = $2 AND v.user_id = $3
                    AND v.provider_id = $4 AND v.ended_at IS NULL AND v.expires_at > now()
                    AND t.state = 'active'
                """,
                .id(tenant),
                .id(visit),
                .id(user),
                .id(provider)
            ).first?.value(0)
        }
        guard let home, try await !isSessionOver(provider, home),
            let person = try await self.user(provider, user),
            person.disabledAt == nil, person.home == nil
        else { return nil }
        return person
    }

    /// Ends a visit, by the client or by the visitor.
    /// - Returns: False if the organisation has no such visit that goes on.
    package func endVisit(
        _ tenant: TenantID,
        _ visit: SessionID
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            let ended = try session.query(
                """
                UPDATE visits SET ended_at = now() WHERE tenant_id = $1 AND id = $2
                    AND ended_at IS NULL AND expires_at > now()
                """,
                .id(tenant),
                .id(visit)
            )
            guard ended.affected == 1 else { return false }
            try session.query(
                """
                UPDATE sessions SET ended_at = now(), end_reason = 'ended'
                WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL
                """,
                .id(tenant),
                .id(visit)
            )
            return true
        }
    }

    /// An organisation's own row, with what counts against its limits.
    package func organisation(
        _ tenant: TenantID
    ) async throws(CatalogError) -> OwnOrganisation? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                """
                SELECT id, name, domain, plan, door_limit, camera_limit, user_limit,
                    (SELECT count(*) FROM cameras c WHERE c.tenant_id = $1
                        AND c.removed_at IS NULL),
                    (SELECT count(*) FROM users u WHERE u.tenant_id = $1),
                    is_provider, provider_id IS NOT NULL, allows_visits, created_at
                FROM tenants WHERE id = $1
                """,
                .id(tenant)
            ).decodeFirst { row throws(DatabaseError) in
                OwnOrganisation(
                    id: try row.next(),
                    name: try row.next(),
                    domain: try row.nextOptional(),
                    plan: try row.nextOptional(),
                    limits: try Self.limits(&row),
                    cameras: try row.next(),
                    users: try row.next(),
                    isProvider: try row.next(),
                    hasProvider: try row.next(),
                    allowsVisits: try row.next(),
                    createdAt: try row.next()
                )
            }
        }
    }

    /// Lets the provider's people in, or out: visits that go on end.
    /// - Returns: Those that ended.
    package func setAllowsVisits(
        _ tenant: TenantID,
        _ allows: Bool
    ) async throws(CatalogError) -> [SessionID] {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.lockClient(tenant, &session)
            try session.query(
                "UPDATE tenants SET allows_visits = $2 WHERE id = $1",
                .id(tenant),
                .bool(allows)
            )
            guard !allows else { return [] }
            let ended = try session.query(
                """
                UPDATE visits SET ended_at = now() WHERE tenant_id = $1 AND ended_at IS NULL
                    AND expires_at > now() RETURNING id
                """,
                .id(tenant)
            ).decode { row throws(DatabaseError) in try row.next(SessionID.self) }
            try session.query(
                """
                UPDATE sessions SET ended_at = now(), end_reason = 'ended'
                WHERE tenant_id = $1 AND id = ANY ($2) AND ended_at IS NULL
                """,
                .id(tenant),
                .array(ended.map { .id($0) }, of: .uuid)
            )
            return ended
        }
    }

    private static func visit(_ row: inout RowReader) throws(DatabaseError) -> Visit {
        Visit(
            id: try row.next(),
            tenant: try row.next(),
            provider: try row.next(),
            user: try row.next(),
            email: try row.next(),
            role: try row.next(),
            reason: try row.next(),
            beganAt: try row.next(),
            expiresAt: try row.next(),
            endedAt: try row.nextOptional()
        )
    }
}
