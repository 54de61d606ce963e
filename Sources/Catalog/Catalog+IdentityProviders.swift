import Database
package import Domain

/// The providers of identities of an organisation.
extension Catalog {
    /// All of a tenant, the oldest first.
    package func identityProviders(
        _ tenant: TenantID
    ) async throws(CatalogError) -> [IdentityProvider] {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                """
                SELECT id, name, issuer, client_id, email_domains, assumes_verified_email,
                    is_trusted_for_factor, creates_people, role, is_enabled, created_at
                FROM identity_providers WHERE tenant_id = $1 ORDER BY created_at, id LIMIT $2
                """,
                .id(tenant),
                .int(IdentityProvider.countLimit)
            ).decode { row throws(DatabaseError) in try Self.identityProvider(&row) }
        }
    }

    /// One of them; nil if the tenant has none with that id.
    package func identityProvider(
        _ tenant: TenantID,
        _ id: IdentityProviderID
    ) async throws(CatalogError) -> IdentityProvider? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try Self.identityProvider(tenant, id, &session)
        }
    }

    /// Adds one. `invalid`: there are as many as there may be; `conflict`: another is switched on.
    /// - Parameter secret: Sealed.
    package func createIdentityProvider(
        _ tenant: TenantID,
        _ provider: IdentityProvider,
        secret: [UInt8],
        by actor: ActingUser
    ) async throws(CatalogError) -> IdentityProvider {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.lockPeople(tenant, &session)
            try Self.check(actor, &session)
            try session.query(
                """
                INSERT INTO identity_providers (tenant_id, id, name, issuer, client_id,
                    client_secret, email_domains, assumes_verified_email, creates_people, role,
                    is_enabled, is_trusted_for_factor)
                SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $13
                WHERE (SELECT count(*) FROM identity_providers WHERE tenant_id = $1) < $12
                """,
                .id(tenant),
                .id(provider.id),
                .text(provider.name),
                .text(provider.issuer),
                .text(provider.clientID),
                .bytes(secret),
                .array(provider.emailDomains.map { .text($0) }, of: .text),
                .bool(provider.assumesVerifiedEmail),
                .bool(provider.createsPeople),
                .text(provider.role),
                .bool(provider.isEnabled),
                .int(IdentityProvider.countLimit),
                .bool(provider.isTrustedForFactor)
            )
            let created = try Self.identityProvider(tenant, provider.id, &session)
            guard let created else {
                throw DatabaseError(
                    .server,
                    "there are \(IdentityProvider.countLimit) identity providers already",
                    sqlState: "23514"
                )
            }
            return created
        }
    }

    /// Changes what is given. `conflict`: another is switched on.
    /// - Returns: Nil if the tenant has none with that id.
    package func updateIdentityProvider(
        _ tenant: TenantID,
        _ id: IdentityProviderID,
        _ change: IdentityProviderChange,
        by actor: ActingUser
    ) async throws(CatalogError) -> IdentityProvider? {
        try await asTenant(tenant, .readWrite) {
            session throws(DatabaseError) -> IdentityProvider? in
            try Self.lockPeople(tenant, &session)
            try Self.check(actor, &session)
            try session.query(
                """
                UPDATE identity_providers SET name = coalesce($3, name),
                    client_id = coalesce($4, client_id),
                    client_secret = coalesce($5, client_secret),
                    email_domains = CASE WHEN $6 THEN $7 ELSE email_domains END,
                    assumes_verified_email = coalesce($8, assumes_verified_email),
                    creates_people = coalesce($9, creates_people),
                    role = coalesce($10, role), is_enabled = coalesce($11, is_enabled),
                    is_trusted_for_factor = coalesce($12, is_trusted_for_factor)
                WHERE tenant_id = $1 AND id = $2
                """,
                .id(tenant),
                .id(id),
                .text(change.name),
                .text(change.clientID),
                .bytes(change.clientSecret),
                .bool(change.emailDomains != nil),
                .array((change.emailDomains ?? []).map { .text($0) }, of: .text),
                .bool(change.assumesVerifiedEmail),
                .bool(change.createsPeople),
                .text(change.role),
                .bool(change.isEnabled),
                .bool(change.isTrustedForFactor)
            )
            return try Self.identityProvider(tenant, id, &session)
        }
    }

    /// Removes one with the links to it; people and their logins stay.
    /// - Returns: False if the tenant has none with that id.
    package func removeIdentityProvider(
        _ tenant: TenantID,
        _ id: IdentityProviderID,
        by actor: ActingUser
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.lockPeople(tenant, &session)
            try Self.check(actor, &session)
            return try session.query(
                "DELETE FROM identity_providers WHERE tenant_id = $1 AND id = $2",
                .id(tenant),
                .id(id)
            ).affected == 1
        }
    }

    /// The provider that an organisation's people go to; nil if the organisation is not known or not
    /// active, or has none that is switched on. All take the same two questions.
    package func enabledProvider(
        tenantName: String
    ) async throws(CatalogError) -> (tenant: TenantID, provider: IdentityProvider)? {
        let tenant = try await tenantID(named: tenantName) ?? TenantID()
        return try await asTenant(tenant, share: Self.strangers) {
            session throws(DatabaseError) -> (tenant: TenantID, provider: IdentityProvider)? in
            let found = try session.query(
                """
                SELECT id, name, issuer, client_id, email_domains, assumes_verified_email,
                    is_trusted_for_factor, creates_people, role, is_enabled, created_at
                FROM identity_providers WHERE tenant_id = $1 AND is_enabled
                    AND EXISTS (SELECT FROM tenants WHERE id = $1 AND state = 'active')
                """,
                .id(tenant)
            ).decodeFirst { row throws(DatabaseError) in try Self.identityProvider(&row) }
            return found.map { (tenant, $0) }
        }
    }

    static func identityProvider(
        _ tenant: TenantID,
        _ id: IdentityProviderID,
        _ session: inout Session
    ) throws(DatabaseError) -> IdentityProvider? {
        try session.query(
            """
            SELECT id, name, issuer, client_id, email_domains, assumes_verified_email,
                    is_trusted_for_factor, creates_people, role, is_enabled, created_at
            FROM identity_providers WHERE tenant_id = $1 AND id = $2
            """,
            .id(tenant),
            .id(id)
        ).decodeFirst { row throws(DatabaseError) in try Self.identityProvider(&row) }
    }

    static func identityProvider(
        _ row: inout RowReader
    ) throws(DatabaseError) -> IdentityProvider {
        IdentityProvider(
            id: try row.next(),
            name: try row.next(),
            issuer: try row.next(),
            clientID: try row.next(),
            emailDomains: try row.next(),
            assumesVerifiedEmail: try row.next(),
            isTrustedForFactor: try row.next(),
            createsPeople: try row.next(),
            role: try row.next(),
            isEnabled: try row.next(),
            createdAt: try row.next()
        )
    }
}
