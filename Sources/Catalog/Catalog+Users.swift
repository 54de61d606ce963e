import Database
package import Domain

extension Catalog {
    /// A tenant's own row.
    package func tenant(_ tenant: TenantID) async throws(CatalogError) -> Tenant? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try Self.tenant(&session, tenant)
        }
    }

    /// A user as `user` finds it, and its tenant, in one transaction.
    package func userAndTenant(
        _ tenant: TenantID,
        _ user: UserID
    ) async throws(CatalogError) -> (user: User, tenant: Tenant)? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            guard let user = try Self.user(&session, tenant, user),
                let tenant = try Self.tenant(&session, tenant)
            else { return nil }
            return (user, tenant)
        }
    }

    /// What a login is checked against; nil for an unknown tenant or user. Let a hash be verified
    /// all the same then, so that the answer takes as long.
    ///
    /// The tenant is found by a function that runs as the owner and reads the directory alone; the
    /// user by row-level security like everything else. For an unknown tenant a user of one that
    /// nobody has is looked for: that takes as long.
    package func loginRecord(
        tenantName: String,
        email: String
    ) async throws(CatalogError) -> LoginRecord? {
        try await loginRecord(of: try await tenantID(named: tenantName), email: email)
    }

    /// As above, of a tenant that was found by `tenantID(named:)`, or was not.
    package func loginRecord(
        of found: TenantID?,
        email: String
    ) async throws(CatalogError) -> LoginRecord? {
        let key = Self.emailKey(email)
        guard !key.unicodeScalars.contains("\0") else { return nil }
        let tenant = found ?? Self.noTenant
        return try await asTenant(tenant) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT u.tenant_id, u.id, u.email, u.role, u.created_at, u.disabled_at,
                    r.permissions, t.name, u.password_hash, f.sealed_seed, f.created_at,
                    f.last_step
                FROM users u JOIN tenants t ON t.id = u.tenant_id
                    LEFT JOIN roles r ON r.tenant_id = u.tenant_id AND r.id::text = u.role
                    LEFT JOIN second_factors f ON f.tenant_id = u.tenant_id AND f.user_id = u.id
                        AND f.confirmed_at IS NOT NULL
                WHERE u.tenant_id = $1 AND u.email_key = $2 AND t.state = 'active'
                """,
                .id(tenant),
                .text(key)
            )
            return try rows.decodeFirst { row throws(DatabaseError) in
                LoginRecord(
                    user: try Self.user(&row),
                    tenantName: try row.next(),
                    passwordHash: try row.next(),
                    sealedSeed: try row.nextOptional(),
                    factorBegunAt: try row.nextOptional(),
                    lastStep: try row.nextOptional() ?? 0
                )
            }
        }
    }

    /// One that nobody has: all who name none that there is share one line for connections.
    private static let noTenant = TenantID()

    /// The id of a tenant by its name or domain, whatever the case.
    package func tenantID(named name: String) async throws(CatalogError) -> TenantID? {
        guard !name.unicodeScalars.contains("\0") else { return nil }
        return try await asNobody { session throws(DatabaseError) in
            let rows = try session.query("SELECT tenant_by_name($1)", .text(name))
            return try rows.first?.optional(0)
        }
    }

    /// A user of a tenant, or who visits it now; nil also while the tenant is not active.
    package func user(
        _ tenant: TenantID,
        _ user: UserID
    ) async throws(CatalogError) -> User? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try Self.user(&session, tenant, user)
        }
    }

    /// What a person's password is checked against; nil if there is no such user.
    package func passwordHash(
        _ tenant: TenantID,
        _ user: UserID
    ) async throws(CatalogError) -> String? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                "SELECT password_hash FROM users WHERE tenant_id = $1 AND id = $2",
                .id(tenant),
                .id(user)
            ).first?.value(0)
        }
    }

    /// Whether a tenant has a user at all.
    package func hasUsers(_ tenant: TenantID) async throws(CatalogError) -> Bool {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                "SELECT EXISTS (SELECT FROM users WHERE tenant_id = $1)",
                .id(tenant)
            ).first?.value(0) ?? false
        }
    }

    /// Adds a user. `conflict`: the email address is taken; `notFound`: no such tenant.
    package func createUser(
        _ tenant: TenantID,
        email: String,
        passwordHash: String,
        role: String
    ) async throws(CatalogError) -> User {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.insertUser(
                tenant,
                email: email,
                passwordHash: passwordHash,
                role: role,
                &session
            )
        }
    }

    static func insertUser(
        _ tenant: TenantID,
        email: String,
        passwordHash: String,
        role: String,
        _ session: inout Session
    ) throws(DatabaseError) -> User {
        let rows = try session.query(
            """
            INSERT INTO users (tenant_id, email, email_key, password_hash, role)
            VALUES ($1, $2, $3, $4, $5)
            RETURNING tenant_id, id, email, role, created_at, disabled_at, NULL::text[]
            """,
            .id(tenant),
            .text(email),
            .text(Self.emailKey(email)),
            .text(passwordHash),
            .text(role)
        )
        let user = try rows.decodeFirst { row throws(DatabaseError) in try Self.user(&row) }
        guard let user else { throw DatabaseError(.decoding, "the user was not returned") }
        return user
    }

    /// Replaces a user's password hash; nothing happens if there is no such user.
    package func setPasswordHash(
        _ tenant: TenantID,
        _ user: UserID,
        _ passwordHash: String
    ) async throws(CatalogError) {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            _ = try session.query(
                "UPDATE users SET password_hash = $3 WHERE tenant_id = $1 AND id = $2",
                .id(tenant),
                .id(user),
                .text(passwordHash)
            )
        }
    }

    /// Puts a hash of the same password in the place of one; nothing happens if the row has another one
    /// by now.
    package func renewPasswordHash(
        _ tenant: TenantID,
        _ user: UserID,
        from old: String,
        to new: String
    ) async throws(CatalogError) {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            _ = try session.query(
                """
                UPDATE users SET password_hash = $4
                WHERE tenant_id = $1 AND id = $2 AND password_hash = $3
                """,
                .id(tenant),
                .id(user),
                .text(old),
                .text(new)
            )
        }
    }

    /// What an email address is found by.
    static func emailKey(_ email: String) -> String {
        var key = email.lowercased()[...]
        while key.first == " " { key.removeFirst() }
        while key.last == " " { key.removeLast() }
        return String(key)
    }

    private static func tenant(
        _ session: inout Session,
        _ tenant: TenantID
    ) throws(DatabaseError) -> Tenant? {
        let rows = try session.query(
            "SELECT id, name, created_at FROM tenants WHERE id = $1",
            .id(tenant)
        )
        return try rows.decodeFirst { row throws(DatabaseError) in
            Tenant(id: try row.next(), name: try row.next(), createdAt: try row.next())
        }
    }

    private static func user(
        _ session: inout Session,
        _ tenant: TenantID,
        _ user: UserID
    ) throws(DatabaseError) -> User? {
        let rows = try session.query(
            """
            SELECT u.tenant_id, u.id, u.email, u.role, u.created_at, u.disabled_at,
                r.permissions, NULL::uuid, NULL::uuid
            FROM users u JOIN tenants t ON t.id = u.tenant_id AND t.state = 'active'
                LEFT JOIN roles r ON r.tenant_id = u.tenant_id AND r.id::text = u.role
            WHERE u.tenant_id = $1 AND u.id = $2
            UNION ALL
            SELECT v.tenant_id, v.user_id, v.email, v.role, v.began_at, NULL, NULL,
                v.provider_id, v.id
            FROM visits v JOIN tenants t ON t.id = v.tenant_id AND t.state = 'active'
            WHERE v.tenant_id = $1 AND v.user_id = $2 AND v.ended_at IS NULL
                AND v.expires_at > now()
            LIMIT 1
            """,
            .id(tenant),
            .id(user)
        )
        return try rows.decodeFirst { row throws(DatabaseError) in
            var user = try Self.user(&row)
            user.home = try row.nextOptional()
            user.visit = try row.nextOptional()
            return user
        }
    }

    static func user(_ row: inout RowReader) throws(DatabaseError) -> User {
        User(
            tenant: try row.next(),
            id: try row.next(),
            email: try row.next(),
            role: try row.next(),
            createdAt: try row.next(),
            disabledAt: try row.nextOptional(),
            permissions: try row.nextOptional()
        )
    }
}
