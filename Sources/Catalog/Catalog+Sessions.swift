import Database
package import Domain

/// Logins.
extension Catalog {
    /// Most logins of one person at once; at a further one the oldest ends.
    package static let sessionLimit = 50
    /// Most ended logins of one answer; of more the newest.
    package static let endedLimit = 100_000

    /// Adds a login of a person who is still as the password was compared with, and uses up what was
    /// shown of a second factor; the oldest of more than `sessionLimit` end.
    ///
    /// The person's row is held: who changes password, role, state or factor meanwhile either comes
    /// first, and there is no login, or ends it. So do the person's other logins, which are counted.
    /// - Parameters:
    ///   - user: As it was read with `passwordHash`.
    ///   - passwordHash: What the password was compared with.
    ///   - proof: What was shown of a second factor.
    package func createSession(
        _ user: User,
        passwordHash: String,
        proof: FactorProof = .none,
        id: SessionID,
        lifetime: Int64,
        address: String,
        agent: String
    ) async throws(CatalogError) -> SessionOpening {
        try await asTenant(user.tenant, .readWrite) {
            session throws(DatabaseError) -> SessionOpening in
            try Self.lockPolicy(user.tenant, &session)
            let same = try session.query(
                """
                SELECT u.id FROM users u JOIN tenants t ON t.id = u.tenant_id
                WHERE u.tenant_id = $1 AND u.id = $2 AND u.password_hash = $3
                    AND u.role = $4 AND u.disabled_at IS NULL AND t.state = 'active'
                FOR NO KEY UPDATE OF u FOR SHARE OF t
                """,
                .id(user.tenant),
                .id(user.id),
                .text(passwordHash),
                .text(user.role)
            )
            guard same.first != nil else { return .stale }
            // A role of the organisation's own that was changed while the password was compared.
            if let role = RoleID(user.role) {
                let permissions = try session.query(
                    "SELECT permissions FROM roles WHERE tenant_id = $1 AND id = $2 FOR SHARE",
                    .id(user.tenant),
                    .id(role)
                ).first?.value(0, as: [String].self)
                guard Set(permissions ?? []) == Set(user.permissions ?? []) else { return .stale }
            }
            guard try Self.use(proof, user.tenant, user.id, &session) else { return .refused }
            let isRequired = try Self.requiresSecondFactor(user.tenant, &session)
            let enrolsOnly = isRequired && proof == .none
            let ended = try Self.addSession(
                user.tenant,
                user.id,
                id: id,
                lifetime: lifetime,
                address: address,
                agent: agent,
                enrolsOnly: enrolsOnly,
                showsFactor: proof != .none,
                &session
            )
            return .opened(ended: ended, enrolsOnly: enrolsOnly)
        }
    }

    /// Adds a login of a person whose row is held.
    /// - Parameter showsFactor: Whether a second factor was shown, ours or the provider's.
    /// - Returns: Those that ended by it.
    static func addSession(
        _ tenant: TenantID,
        _ user: UserID,
        id: SessionID,
        lifetime: Int64,
        address: String,
        agent: String,
        enrolsOnly: Bool = false,
        showsFactor: Bool,
        _ session: inout Session
    ) throws(DatabaseError) -> [SessionID] {
        try session.query(
            """
            INSERT INTO sessions (tenant_id, id, user_id, expires_at, address, agent, enrols_only,
                shows_factor)
            VALUES ($1, $2, $3, now() + $4 * interval '1 second', $5, $6, $7, $8)
            """,
            .id(tenant),
            .id(id),
            .id(user),
            .double(Double(lifetime)),
            .text(String(address.prefix(64))),
            .text(String(agent.unicodeScalars.prefix(256))),
            .bool(enrolsOnly),
            .bool(showsFactor)
        )
        return try session.query(
            """
            UPDATE sessions SET ended_at = now(), end_reason = 'too_many'
            WHERE tenant_id = $1 AND id IN (SELECT s.id FROM sessions s
                WHERE s.tenant_id = $1 AND s.user_id = $2 AND s.ended_at IS NULL
                    AND s.expires_at > now()
                ORDER BY s.rotated_at DESC, s.created_at DESC OFFSET $3)
            RETURNING id
            """,
            .id(tenant),
            .id(user),
            .int(Self.sessionLimit)
        ).decode { row throws(DatabaseError) in try row.next() }
    }

    /// Changes a login while nobody else does, and tells of it in the same transaction.
    /// - Parameter decide: Gets the login, its person and the database's time; a nil login changes
    ///   nothing.
    /// - Returns: What `decide` says; nil if there is no such login, or no such person any more.
    package func updateSession<Value: Sendable>(
        _ tenant: TenantID,
        _ id: SessionID,
        _ decide:
            @escaping @Sendable (LoginSession, User, WallTime) -> (LoginSession?, Event?, Value)
    ) async throws(CatalogError) -> Value? {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) -> Value? in
            let rows = try session.query(
                """
                SELECT s.tenant_id, s.id, s.user_id, s.created_at, s.generation, s.rotated_at,
                    s.expires_at, s.ended_at, s.end_reason, s.address, s.agent, s.enrols_only, now(),
                    u.tenant_id, u.id, u.email, u.role, u.created_at, u.disabled_at,
                    r.permissions
                FROM sessions s JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
                    LEFT JOIN roles r ON r.tenant_id = u.tenant_id AND r.id::text = u.role
                WHERE s.tenant_id = $1 AND s.id = $2 FOR UPDATE OF s
                """,
                .id(tenant),
                .id(id)
            )
            let found = try rows.decodeFirst { row throws(DatabaseError) in
                let login = try Self.session(&row)
                return (login: login, now: try row.next(WallTime.self), user: try Self.user(&row))
            }
            guard let found else { return nil }
            let (changed, event, value) = decide(found.login, found.user, found.now)
            guard let changed else { return value }
            try session.query(
                """
                UPDATE sessions SET generation = $3, rotated_at = $4, expires_at = $5,
                    ended_at = $6, end_reason = $7
                WHERE tenant_id = $1 AND id = $2
                """,
                .id(tenant),
                .id(id),
                .int(changed.generation),
                .time(changed.rotatedAt),
                .time(changed.expiresAt),
                .time(changed.endedAt),
                .text(changed.endReason?.rawValue)
            )
            if let event { try Self.add([event], tenant, &session) }
            return value
        }
    }

    /// The logins of a person that have not ended, the newest first.
    package func sessions(
        _ tenant: TenantID,
        _ user: UserID
    ) async throws(CatalogError) -> [LoginSession] {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                """
                SELECT tenant_id, id, user_id, created_at, generation, rotated_at, expires_at,
                    ended_at, end_reason, address, agent, enrols_only
                FROM sessions
                WHERE tenant_id = $1 AND user_id = $2 AND ended_at IS NULL AND expires_at > now()
                ORDER BY rotated_at DESC, id LIMIT $3
                """,
                .id(tenant),
                .id(user),
                .int(Self.sessionLimit)
            ).decode { row throws(DatabaseError) in try Self.session(&row) }
        }
    }

    /// Ends a login of a person.
    /// - Returns: False if the person has no such login that has not ended.
    package func endSession(
        _ tenant: TenantID,
        _ user: UserID,
        _ id: SessionID,
        _ reason: SessionEnd
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try session.query(
                """
                UPDATE sessions SET ended_at = now(), end_reason = $4
                WHERE tenant_id = $1 AND user_id = $2 AND id = $3 AND ended_at IS NULL
                    AND expires_at > now()
                """,
                .id(tenant),
                .id(user),
                .id(id),
                .text(reason.rawValue)
            ).affected == 1
        }
    }

    /// Sets a person's new password, ends all logins but one, and takes an invitation back.
    /// - Parameters:
    ///   - known: The hash that the present password was compared with.
    ///   - kept: The login that asks.
    /// - Returns: Those that ended; nil if the password is another one by now, or that login ended.
    package func changePassword(
        _ tenant: TenantID,
        _ user: UserID,
        from known: String,
        to hash: String,
        keeping kept: SessionID
    ) async throws(CatalogError) -> [SessionID]? {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) -> [SessionID]? in
            try Self.lockPeople(tenant, &session)
            let changed = try session.query(
                """
                UPDATE users u SET password_hash = $4
                WHERE u.tenant_id = $1 AND u.id = $2 AND u.password_hash = $3
                    AND u.disabled_at IS NULL
                    AND EXISTS (SELECT FROM sessions s WHERE s.tenant_id = $1 AND s.id = $5
                        AND s.user_id = $2 AND s.ended_at IS NULL AND s.expires_at > now())
                """,
                .id(tenant),
                .id(user),
                .text(known),
                .text(hash),
                .id(kept)
            )
            guard changed.affected == 1 else { return nil }
            try Self.withdrawInvitation(tenant, user, &session)
            return try session.query(
                """
                UPDATE sessions SET ended_at = now(), end_reason = 'password_changed'
                WHERE tenant_id = $1 AND user_id = $2 AND id <> $3 AND ended_at IS NULL
                RETURNING id
                """,
                .id(tenant),
                .id(user),
                .id(kept)
            ).decode { row throws(DatabaseError) in try row.next() }
        }
    }

    /// Whether a login has ended or expired, or is none.
    package func isSessionOver(
        _ tenant: TenantID,
        _ id: SessionID
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                """
                SELECT NOT EXISTS (SELECT FROM sessions WHERE tenant_id = $1 AND id = $2
                    AND ended_at IS NULL AND expires_at > now())
                """,
                .id(tenant),
                .id(id)
            ).first?.value(0) ?? true
        }
    }

    /// Logins of all organisations that ended after a moment, and keys that were revoked, for who
    /// checks tokens and tickets.
    /// - Parameter span: Seconds before the database's now.
    package func endedSessions(
        within span: Int64
    ) async throws(CatalogError) -> [SessionID] {
        try await asPlatform { session throws(DatabaseError) in
            try session.query(
                """
                SELECT id FROM (
                    SELECT id, ended_at FROM sessions
                    WHERE ended_at > now() - $1 * interval '1 second'
                    UNION ALL
                    SELECT id, revoked_at FROM api_keys
                    WHERE revoked_at > now() - $1 * interval '1 second') e
                ORDER BY ended_at DESC LIMIT $2
                """,
                .double(Double(span)),
                .int(Self.endedLimit)
            ).decode { row throws(DatabaseError) in try row.next() }
        }
    }

    /// Deletes logins that nobody needs to know of any more: expired a day ago, or ended before the
    /// last ticket of theirs expired; and keys a month after their end.
    /// - Returns: How many went, `limit` at most.
    package func pruneSessions(limit: Int) async throws(CatalogError) -> Int {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try session.query(
                """
                DELETE FROM api_keys WHERE expires_at < now() - interval '30 days'
                    OR revoked_at < now() - interval '30 days'
                """
            )
            return try session.query(
                """
                DELETE FROM sessions WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM sessions
                    WHERE expires_at < now() - interval '1 day'
                        OR ended_at < now() - interval '13 hours' LIMIT $1)
                """,
                .int(limit)
            ).affected
        }
    }

    private static func session(_ row: inout RowReader) throws(DatabaseError) -> LoginSession {
        let tenant: TenantID = try row.next()
        let id: SessionID = try row.next()
        let user: UserID = try row.next()
        let createdAt: WallTime = try row.next()
        let generation: Int64 = try row.next()
        let rotatedAt: WallTime = try row.next()
        let expiresAt: WallTime = try row.next()
        let endedAt: WallTime? = try row.nextOptional()
        let reason: String? = try row.nextOptional()
        return LoginSession(
            id: id,
            tenant: tenant,
            user: user,
            createdAt: createdAt,
            generation: generation,
            rotatedAt: rotatedAt,
            expiresAt: expiresAt,
            endedAt: endedAt,
            endReason: reason.flatMap { SessionEnd(rawValue: $0) },
            address: try row.next(),
            agent: try row.next(),
            enrolsOnly: try row.next()
        )
    }
}
