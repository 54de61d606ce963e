import Database
package import Domain

/// The people of an organisation, for who manages them.
extension Catalog {
    /// Most people of an organisation.
    package static let userLimit = 10_000
    /// What stands in place of a password's hash until its person has chosen one: no password has
    /// it.
    package static let noPassword = "!"

    /// A page in the order of creation.
    /// - Parameters:
    ///   - after: The end of the page before; nil for the first.
    ///   - limit: 1 to `UserPage.limit`; what is outside is cut to that.
    package func users(
        _ tenant: TenantID,
        after: PageCursor?,
        limit: Int
    ) async throws(CatalogError) -> UserPage {
        let limit = min(max(1, limit), UserPage.limit)
        let afterID = after.flatMap { UserID($0.id) }
        return try await asTenant(tenant) { session throws(DatabaseError) in
            var users = try session.query(
                """
                SELECT u.tenant_id, u.id, u.email, u.role, u.created_at, u.disabled_at,
                    NULL::text[], i.expires_at, u.password_hash <> $5, f.user_id IS NOT NULL
                FROM users u LEFT JOIN invitations i
                    ON i.tenant_id = u.tenant_id AND i.user_id = u.id AND i.expires_at > now()
                    LEFT JOIN second_factors f ON f.tenant_id = u.tenant_id AND f.user_id = u.id
                        AND f.confirmed_at IS NOT NULL
                WHERE u.tenant_id = $1
                    AND ($3::uuid IS NULL OR (u.created_at, u.id) > ($2, $3::uuid))
                ORDER BY u.created_at, u.id LIMIT $4
                """,
                .id(tenant),
                .time(after?.time),
                .id(afterID),
                .int(limit + 1),
                .text(Self.noPassword)
            ).decode { row throws(DatabaseError) in try Self.listed(&row) }
            let hasMore = users.count > limit
            if hasMore { users.removeLast() }
            let last = hasMore ? users.last?.user : nil
            return UserPage(
                users: users,
                next: last.map { PageCursor(time: $0.createdAt, id: "\($0.id)") }
            )
        }
    }

    /// One of them; nil if the tenant has none with that id.
    package func listedUser(
        _ tenant: TenantID,
        _ user: UserID
    ) async throws(CatalogError) -> ListedUser? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try Self.listedUser(tenant, user, &session)
        }
    }

    /// Changes a person while nobody else changes the organisation's people. What takes rights away
    /// ends the person's logins.
    ///
    /// `forbidden`: who changes is not any more what `actor` says.
    /// - Parameters:
    ///   - actor: Who changes, as the token says.
    ///   - decide: Gets the person, the person's grants, and how many others may log in with the
    ///     role of `decisive`; nil lets the change be made.
    package func changeUser<Refusal: Sendable>(
        _ tenant: TenantID,
        _ id: UserID,
        _ change: UserChange,
        by actor: ActingUser,
        decisive role: String,
        _ decide: @escaping @Sendable (User, [RoleGrant], _ others: Int) -> Refusal?
    ) async throws(CatalogError) -> UserChangeOutcome<Refusal> {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.lockPeople(tenant, &session)
            try Self.check(actor, &session)
            guard let found = try Self.listedUser(tenant, id, &session) else { return .missing }
            let others = try session.query(
                """
                SELECT count(*) FROM users WHERE tenant_id = $1 AND id <> $2 AND role = $3
                    AND disabled_at IS NULL AND password_hash <> $4
                """,
                .id(tenant),
                .id(id),
                .text(role),
                .text(Self.noPassword)
            ).first?.value(0, as: Int.self)
            let grants = try Self.grants(tenant, id, &session)
            if let refusal = decide(found.user, grants, others ?? 0) { return .refused(refusal) }
            return try Self.make(change, of: found, &session)
        }
    }

    private static func make<Refusal: Sendable>(
        _ change: UserChange,
        of found: ListedUser,
        _ session: inout Session
    ) throws(DatabaseError) -> UserChangeOutcome<Refusal> {
        let (tenant, id) = (found.user.tenant, found.user.id)
        let losesRights =
            change.isRemoved || change.isDisabled == true
            || change.role.map { $0 != found.user.role } ?? false
        // The row first, then its logins: one that is being made waits for the row, and is refused.
        if change.isRemoved {
            try session.query(
                "DELETE FROM users WHERE tenant_id = $1 AND id = $2",
                .id(tenant),
                .id(id)
            )
        } else {
            try session.query(
                """
                UPDATE users SET role = coalesce($3, role),
                    disabled_at = CASE WHEN $4 THEN coalesce(disabled_at, now())
                        WHEN NOT $4 THEN NULL ELSE disabled_at END
                WHERE tenant_id = $1 AND id = $2
                """,
                .id(tenant),
                .id(id),
                .text(change.role),
                .bool(change.isDisabled)
            )
        }
        var ended: [SessionID] = []
        if change.resetsFactor {
            try deleteFactor(tenant, id, &session)
            ended = try endSessions(tenant, id, .rightsChanged, &session)
        }
        if losesRights {
            let reason: SessionEnd =
                change.isRemoved || change.isDisabled == true ? .disabled : .rightsChanged
            ended += try endSessions(tenant, id, reason, &session)
            // Neither those for the person nor those that the person made.
            try withdrawInvitation(tenant, id, &session)
            try withdrawInvitations(tenant, by: id, &session)
        }
        // The rows of its logins stay, so that every coordinator hears of their end.
        if change.isRemoved { return .changed(found, ended: ended) }
        let changed = try listedUser(tenant, id, &session)
        return .changed(changed ?? found, ended: ended)
    }

    /// Refuses who has lost role, access or row since the token was made.
    static func check(_ actor: ActingUser, _ session: inout Session) throws(DatabaseError) {
        let same = try session.query(
            """
            SELECT id FROM users WHERE tenant_id = $1 AND id = $2 AND role = $3
                AND disabled_at IS NULL AND $4::uuid IS NULL
            UNION ALL
            SELECT user_id FROM visits WHERE tenant_id = $1 AND user_id = $2 AND role = $3
                AND id = $4 AND ended_at IS NULL AND expires_at > now()
            """,
            .id(actor.tenant),
            .id(actor.id),
            .text(actor.role),
            .id(actor.visit)
        )
        guard same.first != nil else {
            throw DatabaseError(.server, "the rights have changed", sqlState: "42501")
        }
    }

    static func endSessions(
        _ tenant: TenantID,
        _ user: UserID,
        _ reason: SessionEnd,
        _ session: inout Session
    ) throws(DatabaseError) -> [SessionID] {
        try session.query(
            """
            UPDATE sessions SET ended_at = now(), end_reason = $3
            WHERE tenant_id = $1 AND user_id = $2 AND ended_at IS NULL RETURNING id
            """,
            .id(tenant),
            .id(user),
            .text(reason.rawValue)
        ).decode { row throws(DatabaseError) in try row.next() }
    }

    /// Name of the constraint in the error of a person beyond the organisation's limit.
    package static let userLimitConstraint = "user_limit"

    /// Adds a person who has no password. `23505` of `userLimitConstraint`: there are enough.
    static func addPerson(
        _ tenant: TenantID,
        _ id: UserID,
        email: String,
        role: String,
        _ session: inout Session
    ) throws(DatabaseError) {
        let added = try session.query(
            """
            INSERT INTO users (tenant_id, id, email, email_key, password_hash, role)
            SELECT $1, $2, $3, $4, $5, $6
            WHERE (SELECT count(*) FROM users WHERE tenant_id = $1)
                < (SELECT least($7, coalesce(user_limit, $7)) FROM tenants WHERE id = $1)
            """,
            .id(tenant),
            .id(id),
            .text(email),
            .text(Self.emailKey(email)),
            .text(Self.noPassword),
            .text(role),
            .int(Self.userLimit)
        )
        guard added.affected == 1 else {
            throw DatabaseError(
                .server,
                "there are enough people",
                sqlState: "23505",
                constraint: userLimitConstraint
            )
        }
    }

    /// Held by whoever adds, changes or removes people or sites of a tenant.
    static func lockPeople(
        _ tenant: TenantID,
        _ session: inout Session
    ) throws(DatabaseError) {
        try session.query(
            "SELECT pg_advisory_xact_lock(hashtextextended('people/' || $1, 0))::text",
            .text(tenant.description)
        )
    }

    static func listedUser(
        _ tenant: TenantID,
        _ user: UserID,
        _ session: inout Session
    ) throws(DatabaseError) -> ListedUser? {
        try session.query(
            """
            SELECT u.tenant_id, u.id, u.email, u.role, u.created_at, u.disabled_at,
                r.permissions, i.expires_at,
                u.password_hash <> $3, f.user_id IS NOT NULL
            FROM users u LEFT JOIN invitations i
                ON i.tenant_id = u.tenant_id AND i.user_id = u.id AND i.expires_at > now()
                LEFT JOIN second_factors f ON f.tenant_id = u.tenant_id AND f.user_id = u.id
                    AND f.confirmed_at IS NOT NULL
                LEFT JOIN roles r ON r.tenant_id = u.tenant_id AND r.id::text = u.role
            WHERE u.tenant_id = $1 AND u.id = $2
            """,
            .id(tenant),
            .id(user),
            .text(Self.noPassword)
        ).decodeFirst { row throws(DatabaseError) in try Self.listed(&row) }
    }

    private static func listed(_ row: inout RowReader) throws(DatabaseError) -> ListedUser {
        ListedUser(
            user: try user(&row),
            invitedUntil: try row.nextOptional(),
            canLogIn: try row.next(),
            hasSecondFactor: try row.next()
        )
    }
}
