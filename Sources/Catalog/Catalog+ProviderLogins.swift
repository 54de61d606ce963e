import Database
package import Domain

/// Logins through a provider: begun, answered once, granted, redeemed once.
extension Catalog {
    /// Seconds from the begin to the provider's answer.
    package static let providerLoginLifetime: Int64 = 600
    /// Seconds from the answer until the page fetches the tokens.
    package static let providerGrantLifetime: Int64 = 60
    /// Logins of one organisation that are kept under way; beyond it those of longest ago go: anybody
    /// can begin some, and who really logs in is back within minutes.
    package static let providerLoginLimit = 10_000
    /// Rows that one begin clears away, more than it adds.
    private static let providerLoginSweep = 100

    /// Notes a login that begins, and forgets old ones.
    /// - Returns: False if there is no such provider any more.
    package func beginProviderLogin(
        _ tenant: TenantID,
        _ login: NewProviderLogin
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant, .readWrite, share: Self.strangers) {
            session throws(DatabaseError) in
            try session.query(
                """
                DELETE FROM provider_logins WHERE tenant_id = $1 AND id IN (
                    (SELECT id FROM provider_logins WHERE tenant_id = $1
                        AND begun_at < now() - 2 * $2 * interval '1 second' LIMIT $4)
                    UNION ALL
                    (SELECT id FROM provider_logins WHERE tenant_id = $1
                            AND answered_at IS NULL
                        ORDER BY begun_at DESC OFFSET $3 LIMIT $4))
                """,
                .id(tenant),
                .double(Double(Self.providerLoginLifetime)),
                .int(Self.providerLoginLimit),
                .int(Self.providerLoginSweep)
            )
            return try session.query(
                """
                INSERT INTO provider_logins (tenant_id, id, provider_id, state_hash, browser_hash,
                    nonce, code_verifier)
                SELECT p.tenant_id, $3, p.id, $4, $5, $6, $7 FROM identity_providers p
                WHERE p.tenant_id = $1 AND p.id = $2 AND p.is_enabled
                """,
                .id(tenant),
                .id(login.provider),
                .id(login.id),
                .bytes(login.stateHash),
                .bytes(login.browserHash),
                .text(login.nonce),
                .text(login.codeVerifier)
            ).affected == 1
        }
    }

    /// Takes a provider's answer, the first alone, from the browser that began.
    /// - Returns: Nil for anything else: another browser, a second answer, too late, or another
    ///   provider than it began with.
    package func answerProviderLogin(
        _ tenant: TenantID,
        _ id: ProviderLoginID,
        provider: IdentityProviderID,
        stateHash: [UInt8],
        browserHash: [UInt8]
    ) async throws(CatalogError) -> ProviderLogin? {
        try await asTenant(tenant, .readWrite, share: Self.strangers) {
            session throws(DatabaseError) in
            try session.query(
                """
                UPDATE provider_logins l SET answered_at = now()
                FROM identity_providers p
                WHERE l.tenant_id = $1 AND l.id = $2 AND l.provider_id = $3 AND l.state_hash = $4
                    AND l.browser_hash = $5 AND l.answered_at IS NULL
                    AND l.begun_at > now() - $6 * interval '1 second'
                    AND p.tenant_id = l.tenant_id AND p.id = l.provider_id AND p.is_enabled
                    AND EXISTS (SELECT FROM tenants WHERE id = $1 AND state = 'active')
                RETURNING p.id, p.name, p.issuer, p.client_id, p.email_domains,
                    p.assumes_verified_email, p.is_trusted_for_factor, p.creates_people, p.role,
                    p.is_enabled, p.created_at, p.client_secret, l.nonce, l.code_verifier
                """,
                .id(tenant),
                .id(id),
                .id(provider),
                .bytes(stateHash),
                .bytes(browserHash),
                .double(Double(Self.providerLoginLifetime))
            ).decodeFirst { row throws(DatabaseError) in
                ProviderLogin(
                    id: id,
                    tenant: tenant,
                    provider: try Self.identityProvider(&row),
                    clientSecret: try row.next(),
                    nonce: try row.next(),
                    codeVerifier: try row.next()
                )
            }
        }
    }

    /// Decides whose login it is, links or makes the person, and keeps the result for the browser, in
    /// one transaction in which nobody else changes people.
    ///
    /// `conflict`: the person cannot be made, because there are `userLimit`.
    /// - Parameters:
    ///   - subject: The provider's name for the person.
    ///   - email: The address that may find an account, by the provider's row of this moment; nil: none
    ///     may be found by it.
    ///   - showsFactor: Whether the provider says that it was shown with a second factor; where the
    ///     provider is trusted for that now, it was anyway.
    ///   - decide: Whose account it is, or why nobody's.
    package func grantProviderLogin<Refusal: Error & Sendable>(
        _ login: ProviderLogin,
        subject: String,
        email: @escaping @Sendable (IdentityProvider) -> String?,
        showsFactor: Bool,
        _ decide:
            @escaping @Sendable (IdentityProvider, ProviderLoginAccounts) ->
            Result<ProviderLoginGrant, Refusal>
    ) async throws(CatalogError) -> ProviderLoginOutcome<Refusal> {
        let tenant = login.tenant
        let trail = AuditTrail.current
        return try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.lockPeople(tenant, &session)
            let provider = try Self.identityProvider(tenant, login.provider.id, &session)
            guard let provider, provider.isEnabled,
                try session.query(
                    "SELECT id FROM tenants WHERE id = $1 AND state = 'active' FOR SHARE",
                    .id(tenant)
                ).first != nil
            else { return .gone }
            let isOpen =
                try session.query(
                    """
                    SELECT FROM provider_logins WHERE tenant_id = $1 AND id = $2
                        AND answered_at IS NOT NULL AND user_id IS NULL FOR UPDATE
                    """,
                    .id(tenant),
                    .id(login.id)
                ).first != nil
            guard isOpen else { return .gone }
            let showsFactor = showsFactor || provider.isTrustedForFactor
            if !showsFactor, try Self.requiresSecondFactor(tenant, &session) {
                return .needsSecondFactor
            }
            let address = email(provider)
            let accounts = try Self.accounts(tenant, provider.id, subject, address, &session)
            let user: UserID
            switch decide(provider, accounts) {
            case .failure(let refusal): return .refused(refusal)
            case .success(.known(let known)): user = known
            case .success(.link(let named)):
                try Self.link(tenant, provider.id, subject, named, &session)
                user = named
            case .success(.create(let new, let email, let role)):
                try Self.addPerson(tenant, new, email: email, role: role, &session)
                try Self.link(tenant, provider.id, subject, new, &session)
                user = new
            }
            try Self.act(as: user, in: nil, trail, &session)
            try session.query(
                """
                UPDATE provider_logins SET user_id = $3, granted_at = now(), shows_factor = $4
                WHERE tenant_id = $1 AND id = $2
                """,
                .id(tenant),
                .id(login.id),
                .id(user),
                .bool(showsFactor)
            )
            return .granted
        }
    }

    /// Gives the browser that began the login its session, once.
    /// - Returns: Whose it is and the sessions that ended by it; nil if there is nothing for that
    ///   browser, the person may not log in any more, or a second factor is required by now that
    ///   the login did not show.
    package func redeemProviderLogin(
        _ tenant: TenantID,
        _ id: ProviderLoginID,
        browserHash: [UInt8],
        session new: SessionID,
        lifetime: Int64,
        address: String,
        agent: String
    ) async throws(CatalogError) -> (user: User, ended: [SessionID])? {
        let trail = AuditTrail.current
        return try await asTenant(tenant, .readWrite, share: Self.strangers) {
            session throws(DatabaseError) -> (user: User, ended: [SessionID])? in
            let login = try session.query(
                """
                DELETE FROM provider_logins
                WHERE tenant_id = $1 AND id = $2 AND browser_hash = $3
                    AND granted_at > now() - $4 * interval '1 second'
                    AND EXISTS (SELECT FROM identity_providers p WHERE p.tenant_id = $1
                        AND p.id = provider_id AND p.is_enabled)
                RETURNING user_id, shows_factor
                """,
                .id(tenant),
                .id(id),
                .bytes(browserHash),
                .double(Double(Self.providerGrantLifetime))
            ).decodeFirst { row throws(DatabaseError) in
                (user: try row.next(UserID.self), showsFactor: try row.next(Bool.self))
            }
            guard let login else { return nil }
            try Self.lockPolicy(tenant, &session)
            let isRequired = try Self.requiresSecondFactor(tenant, &session)
            guard login.showsFactor || !isRequired else { return nil }
            let user = try session.query(
                """
                SELECT u.tenant_id, u.id, u.email, u.role, u.created_at, u.disabled_at,
                    r.permissions
                FROM users u JOIN tenants t ON t.id = u.tenant_id
                    LEFT JOIN roles r ON r.tenant_id = u.tenant_id AND r.id::text = u.role
                WHERE u.tenant_id = $1 AND u.id = $2 AND u.disabled_at IS NULL
                    AND t.state = 'active'
                FOR NO KEY UPDATE OF u FOR SHARE OF t
                """,
                .id(tenant),
                .id(login.user)
            ).decodeFirst { row throws(DatabaseError) in try Self.user(&row) }
            guard let user else { return nil }
            try Self.act(as: user.id, in: new, trail, &session)
            let ended = try Self.addSession(
                tenant,
                user.id,
                id: new,
                lifetime: lifetime,
                address: address,
                agent: agent,
                showsFactor: login.showsFactor,
                &session
            )
            return (user, ended)
        }
    }

    /// From here on, and for what the transaction did before, the log says that it was this person:
    /// its entries are written at its end.
    private static func act(
        as user: UserID,
        in login: SessionID?,
        _ trail: AuditTrail?,
        _ session: inout Session
    ) throws(DatabaseError) {
        guard let trail else { return }
        trail.update {
            $0.kind = .person
            $0.id = user
            $0.session = login
        }
        try session.query("SELECT set_config('app.actor', $1, true)", .text(trail.text))
    }

    private static func accounts(
        _ tenant: TenantID,
        _ provider: IdentityProviderID,
        _ subject: String,
        _ email: String?,
        _ session: inout Session
    ) throws(DatabaseError) -> ProviderLoginAccounts {
        let linked = try session.query(
            """
            SELECT u.tenant_id, u.id, u.email, u.role, u.created_at, u.disabled_at, NULL::text[]
            FROM user_identities i JOIN users u ON u.tenant_id = i.tenant_id AND u.id = i.user_id
            WHERE i.tenant_id = $1 AND i.provider_id = $2 AND i.subject = $3
            """,
            .id(tenant),
            .id(provider),
            .text(subject)
        ).decodeFirst { row throws(DatabaseError) in try Self.user(&row) }
        guard linked == nil, let email else {
            return ProviderLoginAccounts(linked: linked, named: nil, isNamedLinked: false)
        }
        let named = try session.query(
            """
            SELECT u.tenant_id, u.id, u.email, u.role, u.created_at, u.disabled_at, NULL::text[],
                EXISTS (SELECT FROM user_identities i WHERE i.tenant_id = u.tenant_id
                    AND i.user_id = u.id AND i.provider_id = $3)
            FROM users u WHERE u.tenant_id = $1 AND u.email_key = $2
            """,
            .id(tenant),
            .text(Self.emailKey(email)),
            .id(provider)
        ).decodeFirst { row throws(DatabaseError) in
            (user: try Self.user(&row), isLinked: try row.next(Bool.self))
        }
        return ProviderLoginAccounts(
            linked: nil,
            named: named?.user,
            isNamedLinked: named?.isLinked ?? false
        )
    }

    private static func link(
        _ tenant: TenantID,
        _ provider: IdentityProviderID,
        _ subject: String,
        _ user: UserID,
        _ session: inout Session
    ) throws(DatabaseError) {
        try session.query(
            """
            INSERT INTO user_identities (tenant_id, provider_id, subject, user_id)
            VALUES ($1, $2, $3, $4)
            """,
            .id(tenant),
            .id(provider),
            .text(subject),
            .id(user)
        )
    }
}
