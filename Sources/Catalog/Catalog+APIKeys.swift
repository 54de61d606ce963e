import Database
package import Domain

/// Keys of programs.
extension Catalog {
    /// Adds a key of a person who may log in. `conflict`: the person has `APIKey.limit`.
    /// - Parameters:
    ///   - lifetime: Seconds.
    ///   - login: The one that asks.
    /// - Returns: Nil if there is no such person or login, or not any more.
    package func createAPIKey(
        _ tenant: TenantID,
        _ user: UserID,
        id: APIKeyID,
        name: String,
        permissions: [String],
        secretHash: [UInt8],
        lifetime: Int64,
        in login: SessionID
    ) async throws(CatalogError) -> APIKey? {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) -> APIKey? in
            try Self.lockPeople(tenant, &session)
            let person = try session.query(
                """
                SELECT (SELECT count(*) FROM api_keys k WHERE k.tenant_id = u.tenant_id
                    AND k.user_id = u.id AND k.revoked_at IS NULL AND k.expires_at > now())
                FROM users u WHERE u.tenant_id = $1 AND u.id = $2 AND u.disabled_at IS NULL
                    AND EXISTS (SELECT FROM sessions s WHERE s.tenant_id = $1 AND s.id = $3
                        AND s.user_id = $2 AND s.ended_at IS NULL AND s.expires_at > now())
                """,
                .id(tenant),
                .id(user),
                .id(login)
            )
            guard let count = try person.first?.value(0, as: Int.self) else { return nil }
            guard count < APIKey.limit else {
                throw DatabaseError(.server, "there are enough keys", sqlState: "23505")
            }
            return try session.query(
                """
                INSERT INTO api_keys (tenant_id, id, user_id, name, secret_hash, permissions,
                    expires_at)
                VALUES ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 second')
                RETURNING id, tenant_id, user_id, name, permissions, created_at, expires_at,
                    last_used_at
                """,
                .id(tenant),
                .id(id),
                .id(user),
                .text(name),
                .bytes(secretHash),
                .array(permissions.map { .text($0) }, of: .text),
                .double(Double(lifetime))
            ).decodeFirst { row throws(DatabaseError) in try Self.apiKey(&row) }
        }
    }

    /// A person's keys that are good, the newest first.
    package func apiKeys(
        _ tenant: TenantID,
        _ user: UserID
    ) async throws(CatalogError) -> [APIKey] {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                """
                SELECT id, tenant_id, user_id, name, permissions, created_at, expires_at,
                    last_used_at
                FROM api_keys WHERE tenant_id = $1 AND user_id = $2 AND revoked_at IS NULL
                    AND expires_at > now()
                ORDER BY created_at DESC, id LIMIT $3
                """,
                .id(tenant),
                .id(user),
                .int(APIKey.limit)
            ).decode { row throws(DatabaseError) in try Self.apiKey(&row) }
        }
    }

    /// The key that a program shows, and its person; nil unless both are good. Notes the use, once
    /// a minute.
    /// - Parameter isProven: Whether it was good before; else it waits for a connection with all that
    ///   strangers bring, since anybody can write a key of any organisation.
    package func usedAPIKey(
        _ tenant: TenantID,
        _ id: APIKeyID,
        secretHash: [UInt8],
        isProven: Bool = false
    ) async throws(CatalogError) -> (key: APIKey, user: User)? {
        let share = isProven ? nil : Self.strangers
        return try await asTenant(tenant, .readWrite, share: share) {
            session throws(DatabaseError) in
            let found = try session.query(
                """
                SELECT k.id, k.tenant_id, k.user_id, k.name, k.permissions, k.created_at,
                    k.expires_at, k.last_used_at, u.tenant_id, u.id, u.email, u.role, u.created_at,
                    u.disabled_at, r.permissions, k.last_used_at > now() - interval '1 minute'
                FROM api_keys k JOIN users u ON u.tenant_id = k.tenant_id AND u.id = k.user_id
                    JOIN tenants t ON t.id = k.tenant_id AND t.state = 'active'
                    LEFT JOIN roles r ON r.tenant_id = u.tenant_id AND r.id::text = u.role
                WHERE k.tenant_id = $1 AND k.id = $2 AND k.secret_hash = $3
                    AND k.revoked_at IS NULL AND k.expires_at > now() AND u.disabled_at IS NULL
                """,
                .id(tenant),
                .id(id),
                .bytes(secretHash)
            ).decodeFirst { row throws(DatabaseError) in
                let key = try Self.apiKey(&row)
                let user = try Self.user(&row)
                return (key: key, user: user, isNoted: try row.nextOptional() as Bool? ?? false)
            }
            guard let found else { return nil }
            if !found.isNoted {
                try session.query(
                    "UPDATE api_keys SET last_used_at = now() WHERE tenant_id = $1 AND id = $2",
                    .id(tenant),
                    .id(id)
                )
            }
            return (key: found.key, user: found.user)
        }
    }

    /// Ends a key of a person.
    /// - Returns: False if the person has no such key that is good.
    package func revokeAPIKey(
        _ tenant: TenantID,
        _ user: UserID,
        _ id: APIKeyID
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try session.query(
                """
                UPDATE api_keys SET revoked_at = now()
                WHERE tenant_id = $1 AND user_id = $2 AND id = $3 AND revoked_at IS NULL
                """,
                .id(tenant),
                .id(user),
                .id(id)
            ).affected == 1
        }
    }

    private static func apiKey(_ row: inout RowReader) throws(DatabaseError) -> APIKey {
        APIKey(
            id: try row.next(),
            tenant: try row.next(),
            user: try row.next(),
            name: try row.next(),
            permissions: try row.next(),
            createdAt: try row.next(),
            expiresAt: try row.next(),
            lastUsedAt: try row.nextOptional()
        )
    }
}
