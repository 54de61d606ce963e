import Database
package import Domain

/// Roles of an organisation's own, and roles at one site or camera.
extension Catalog {
    /// The organisation's own roles by name.
    package func roles(_ tenant: TenantID) async throws(CatalogError) -> [OwnRole] {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                """
                SELECT id, name, permissions, created_at FROM roles WHERE tenant_id = $1
                ORDER BY name, id LIMIT $2
                """,
                .id(tenant),
                .int(OwnRole.limit)
            ).decode { row throws(DatabaseError) in try Self.role(&row) }
        }
    }

    /// One of them; nil if the organisation has none with that id.
    package func role(_ tenant: TenantID, _ role: RoleID) async throws(CatalogError) -> OwnRole? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try Self.role(tenant, role, &session)
        }
    }

    /// Adds one. `conflict`: the name is taken (constraint `roles_name`), or there are
    /// `OwnRole.limit`. `forbidden`: who adds it is not any more what `actor` says.
    package func createRole(
        _ tenant: TenantID,
        name: String,
        permissions: [String],
        by actor: ActingUser
    ) async throws(CatalogError) -> OwnRole {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.lockPeople(tenant, &session)
            try Self.check(actor, &session)
            let role = try session.query(
                """
                INSERT INTO roles (tenant_id, id, name, permissions) SELECT $1, $2, $3, $4
                WHERE (SELECT count(*) FROM roles WHERE tenant_id = $1) < $5
                RETURNING id, name, permissions, created_at
                """,
                .id(tenant),
                .id(RoleID()),
                .text(name),
                .array(permissions.map { .text($0) }, of: .text),
                .int(OwnRole.limit)
            ).decodeFirst { row throws(DatabaseError) in try Self.role(&row) }
            guard let role else {
                throw DatabaseError(.server, "there are enough roles", sqlState: "23505")
            }
            return role
        }
    }

    /// Changes one; nil leaves a member. Whoever has it in the whole organisation is logged out when
    /// its permissions change; where it is granted at a site or camera they count at once.
    /// - Parameter decide: Gets it as it is; nil lets the change be made.
    /// - Returns: `missing` with no such role.
    package func changeRole<Refusal: Sendable>(
        _ tenant: TenantID,
        _ id: RoleID,
        name: String?,
        permissions: [String]?,
        by actor: ActingUser,
        _ decide: @escaping @Sendable (OwnRole) -> Refusal?
    ) async throws(CatalogError) -> RoleChangeOutcome<Refusal> {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.lockPeople(tenant, &session)
            try Self.check(actor, &session)
            guard let found = try Self.role(tenant, id, &session) else { return .missing }
            if let refusal = decide(found) { return .refused(refusal) }
            let changed = try session.query(
                """
                UPDATE roles SET name = coalesce($3, name), 
                    permissions = CASE WHEN $5 THEN $4 ELSE permissions END
                WHERE tenant_id = $1 AND id = $2 RETURNING id, name, permissions, created_at
                """,
                .id(tenant),
                .id(id),
                .text(name),
                .array((permissions ?? []).map { .text($0) }, of: .text),
                .bool(permissions != nil)
            ).decodeFirst { row throws(DatabaseError) in try Self.role(&row) }
            guard let changed else { return .missing }
            guard Set(changed.permissions) != Set(found.permissions) else {
                return .changed(changed, ended: [])
            }
            return .changed(changed, ended: try Self.endSessions(tenant, role: id, &session))
        }
    }

    /// Removes one that nobody has. `conflict`: somebody has it.
    /// - Returns: False if the organisation has none with that id.
    package func removeRole(
        _ tenant: TenantID,
        _ id: RoleID,
        by actor: ActingUser
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.lockPeople(tenant, &session)
            try Self.check(actor, &session)
            let isUsed: Bool? = try session.query(
                """
                SELECT EXISTS (SELECT FROM users WHERE tenant_id = $1 AND role = $2)
                    OR EXISTS (SELECT FROM grants WHERE tenant_id = $1 AND role = $2)
                """,
                .id(tenant),
                .text(id.description)
            ).first?.value(0)
            guard isUsed != true else {
                throw DatabaseError(.server, "somebody has the role", sqlState: "23505")
            }
            return try session.query(
                "DELETE FROM roles WHERE tenant_id = $1 AND id = $2",
                .id(tenant),
                .id(id)
            ).affected == 1
        }
    }

    /// The roles that a person has at sites and cameras, the oldest first.
    package func grants(
        _ tenant: TenantID,
        _ user: UserID
    ) async throws(CatalogError) -> [RoleGrant] {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try Self.grants(tenant, user, &session)
        }
    }

    static func grants(
        _ tenant: TenantID,
        _ user: UserID,
        _ session: inout Session
    ) throws(DatabaseError) -> [RoleGrant] {
        try session.query(
            """
            SELECT g.id, g.user_id, g.role, r.permissions, g.site_id, g.camera_id, g.created_at
            FROM grants g
                LEFT JOIN roles r ON r.tenant_id = g.tenant_id AND r.id::text = g.role
            WHERE g.tenant_id = $1 AND g.user_id = $2
            ORDER BY g.created_at, g.id LIMIT $3
            """,
            .id(tenant),
            .id(user),
            .int(RoleGrant.limit)
        ).decode { row throws(DatabaseError) in try Self.grant(&row) }
    }

    /// Gives a person a role at a site or camera.
    ///
    /// `conflict`: the person has it there (constraint `grants_once`), or has `RoleGrant.limit`.
    /// `notFound`: there is no such person, site, camera or role of the organisation's own.
    /// `forbidden`: who gives it is not any more what `actor` says.
    package func addGrant(
        _ tenant: TenantID,
        _ user: UserID,
        role: String,
        _ scope: RoleGrant.Scope,
        by actor: ActingUser
    ) async throws(CatalogError) -> RoleGrant {
        let (site, camera) = Self.columns(scope)
        return try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.lockPeople(tenant, &session)
            try Self.check(actor, &session)
            if let own = RoleID(role), try Self.role(tenant, own, &session) == nil {
                throw DatabaseError(.server, "there is no such role", sqlState: "23503")
            }
            let count: Int? = try session.query(
                "SELECT count(*) FROM grants WHERE tenant_id = $1 AND user_id = $2",
                .id(tenant),
                .id(user)
            ).first?.value(0)
            guard (count ?? 0) < RoleGrant.limit else {
                throw DatabaseError(.server, "there are enough grants", sqlState: "23505")
            }
            let grant = try session.query(
                """
                INSERT INTO grants (tenant_id, id, user_id, role, site_id, camera_id)
                VALUES ($1, $2, $3, $4, $5, $6)
                RETURNING id, user_id, role, NULL::text[], site_id, camera_id, created_at
                """,
                .id(tenant),
                .id(GrantID()),
                .id(user),
                .text(role),
                .id(site),
                .id(camera)
            ).decodeFirst { row throws(DatabaseError) in try Self.grant(&row) }
            guard let grant else { throw DatabaseError(.decoding, "no grant was returned") }
            return grant
        }
    }

    /// Takes a role at a site or camera from a person; it counts at once.
    /// - Returns: False if the person has no such grant.
    package func removeGrant(
        _ tenant: TenantID,
        _ user: UserID,
        _ id: GrantID,
        by actor: ActingUser
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.lockPeople(tenant, &session)
            try Self.check(actor, &session)
            return try session.query(
                "DELETE FROM grants WHERE tenant_id = $1 AND user_id = $2 AND id = $3",
                .id(tenant),
                .id(user),
                .id(id)
            ).affected == 1
        }
    }

    private static func endSessions(
        _ tenant: TenantID,
        role: RoleID,
        _ session: inout Session
    ) throws(DatabaseError) -> [SessionID] {
        try session.query(
            """
            UPDATE sessions SET ended_at = now(), end_reason = 'rights_changed'
            WHERE tenant_id = $1 AND ended_at IS NULL AND user_id IN (SELECT id FROM users
                WHERE tenant_id = $1 AND role = $2) RETURNING id
            """,
            .id(tenant),
            .text(role.description)
        ).decode { row throws(DatabaseError) in try row.next() }
    }

    static func role(
        _ tenant: TenantID,
        _ role: RoleID,
        _ session: inout Session
    ) throws(DatabaseError) -> OwnRole? {
        try session.query(
            """
            SELECT id, name, permissions, created_at FROM roles WHERE tenant_id = $1 AND id = $2
            """,
            .id(tenant),
            .id(role)
        ).decodeFirst { row throws(DatabaseError) in try Self.role(&row) }
    }

    private static func columns(_ scope: RoleGrant.Scope) -> (SiteID?, CameraID?) {
        switch scope {
        case .site(let site): (site, nil)
        case .camera(let camera): (nil, camera)
        }
    }

    private static func role(_ row: inout RowReader) throws(DatabaseError) -> OwnRole {
        OwnRole(
            id: try row.next(),
            name: try row.next(),
            permissions: try row.next(),
            createdAt: try row.next()
        )
    }

    private static func grant(_ row: inout RowReader) throws(DatabaseError) -> RoleGrant {
        let id: GrantID = try row.next()
        let user: UserID = try row.next()
        let role: String = try row.next()
        let permissions: [String]? = try row.nextOptional()
        let site: SiteID? = try row.nextOptional()
        let camera: CameraID? = try row.nextOptional()
        let scope = site.map { RoleGrant.Scope.site($0) } ?? camera.map { .camera($0) }
        guard let scope else { throw DatabaseError(.decoding, "a grant is of nothing") }
        return RoleGrant(
            id: id,
            user: user,
            role: role,
            permissions: permissions,
            scope: scope,
            createdAt: try row.next()
        )
    }
}
