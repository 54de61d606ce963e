import Database
package import Domain

extension Catalog {
    /// Adds a tenant. `conflict`: the name is taken, whatever its case.
    /// - Parameter isProvider: Whether it may have clients.
    package func createTenant(
        name: String,
        isProvider: Bool = false
    ) async throws(CatalogError) -> Tenant {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                INSERT INTO tenants (name, is_provider) VALUES ($1, $2)
                RETURNING id, name, created_at
                """,
                .text(name),
                .bool(isProvider)
            )
            let tenant = try rows.decodeFirst { row throws(DatabaseError) in
                Tenant(id: try row.next(), name: try row.next(), createdAt: try row.next())
            }
            guard let tenant else { throw DatabaseError(.decoding, "the tenant was not returned") }
            return tenant
        }
    }

    /// The tenant and user of a development login, made if they are missing; an existing user keeps
    /// its password. The tenant is made as `sparc_platform`, the user as `sparc_app`.
    package func seedDevelopment(
        tenantName: String,
        email: String,
        passwordHash: String,
        role: String
    ) async throws(CatalogError) -> (tenant: TenantID, user: UserID) {
        let tenant: TenantID
        if let known = try await tenantID(named: tenantName) {
            tenant = known
        } else {
            do {
                tenant = try await createTenant(name: tenantName, isProvider: true).id
            } catch {
                // Another process was faster.
                guard error.code == .conflict, let known = try await tenantID(named: tenantName)
                else { throw error }
                tenant = known
            }
        }
        if let known = try await loginRecord(tenantName: tenantName, email: email) {
            return (tenant, known.user.id)
        }
        do {
            let user = try await createUser(
                tenant,
                email: email,
                passwordHash: passwordHash,
                role: role
            )
            return (tenant, user.id)
        } catch {
            guard error.code == .conflict,
                let known = try await loginRecord(tenantName: tenantName, email: email)
            else { throw error }
            return (tenant, known.user.id)
        }
    }
}
