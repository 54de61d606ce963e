import Database
import Domain

extension Catalog {
    /// Whether there is an organisation.
    package func isSetUp() async throws(CatalogError) -> Bool {
        try await asPlatform { session throws(DatabaseError) in
            try session.query("SELECT EXISTS (SELECT id FROM tenants)").first?.value(0) ?? false
        }
    }

    /// Makes this the one token that sets the installation up, for 24 hours; one before it is good
    /// no more. False, and nothing happens, if there is an organisation.
    ///
    /// - Parameter tokenHash: SHA-256 of the token, 32 bytes; else `invalid`.
    package func offerSetup(tokenHash: [UInt8]) async throws(CatalogError) -> Bool {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try session.query("SELECT offer_setup($1)", .bytes(tokenHash)).first?.value(0) ?? false
        }
    }

    /// Whether the token would set the installation up now; changes nothing.
    ///
    /// - Parameter tokenHash: SHA-256 of the token.
    package func isSetupOpen(tokenHash: [UInt8]) async throws(CatalogError) -> Bool {
        try await asNobody { session throws(DatabaseError) in
            try session.query("SELECT setup_is_open($1)", .bytes(tokenHash)).first?.value(0)
                ?? false
        }
    }

    /// Uses the token up and makes the first organisation with its first user, in one transaction.
    /// Nil, and nothing happens, if the token is not good (any more). Throws `invalid` for a value
    /// outside its limits, after which the token is good still.
    ///
    /// The tenant is made by a function that checks the token and runs as the owner, the user by
    /// row-level security like every other.
    package func completeSetup(
        tokenHash: [UInt8],
        _ organisation: NewOrganisation
    ) async throws(CatalogError) -> User? {
        let tenant = TenantID()
        return try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            let begun: Bool? = try session.query(
                "SELECT begin_setup($1, $2, $3, $4)",
                .bytes(tokenHash),
                .id(tenant),
                .text(organisation.name),
                .text(organisation.domain)
            ).first?.value(0)
            guard begun == true else { return nil }
            return try Self.insertUser(
                tenant,
                email: organisation.email,
                passwordHash: organisation.passwordHash,
                role: organisation.role,
                &session
            )
        }
    }
}
