import Database
package import Domain

/// Invitations: how a person gets a password that nobody else has seen, if the link reaches that
/// person alone. A change of the person's rights or password, and of the inviter's, ends it.
extension Catalog {
    /// Seconds for which an invitation is good.
    package static let invitationLifetime: Int64 = 7 * 86_400

    /// Adds a person without a password, and an invitation to choose one.
    ///
    /// `conflict`: the address is taken (constraint `users_email`), or there are `userLimit`.
    /// `forbidden`: the inviter is not any more what `inviter` says.
    package func inviteUser(
        _ tenant: TenantID,
        id: UserID,
        email: String,
        role: String,
        tokenHash: [UInt8],
        by inviter: ActingUser
    ) async throws(CatalogError) -> ListedUser {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.lockPeople(tenant, &session)
            try Self.check(inviter, &session)
            try Self.addPerson(tenant, id, email: email, role: role, &session)
            try Self.invite(tenant, id, tokenHash, by: inviter.id, &session)
            guard let listed = try Self.listedUser(tenant, id, &session) else {
                throw DatabaseError(.decoding, "the user was not returned")
            }
            return listed
        }
    }

    /// Makes another invitation, which takes the place of any before it: for one that was lost, and
    /// for a password that was forgotten. The present password stays good until it is used.
    /// - Parameter decide: Nil lets it be made.
    package func renewInvitation<Refusal: Sendable>(
        _ tenant: TenantID,
        _ user: UserID,
        tokenHash: [UInt8],
        by inviter: ActingUser,
        _ decide: @escaping @Sendable (User, [RoleGrant]) -> Refusal?
    ) async throws(CatalogError) -> UserChangeOutcome<Refusal> {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.lockPeople(tenant, &session)
            try Self.check(inviter, &session)
            guard let found = try Self.listedUser(tenant, user, &session) else { return .missing }
            let grants = try Self.grants(tenant, user, &session)
            if let refusal = decide(found.user, grants) { return .refused(refusal) }
            try Self.invite(tenant, user, tokenHash, by: inviter.id, &session)
            let listed = try Self.listedUser(tenant, user, &session)
            return .changed(listed ?? found, ended: [])
        }
    }

    /// The address of who an invitation is for; nil if it is not good: wrong, used, expired, taken
    /// back, or for somebody who is disabled.
    package func invitedUser(
        _ tenant: TenantID,
        _ user: UserID,
        tokenHash: [UInt8]
    ) async throws(CatalogError) -> (email: String, organisation: String)? {
        try await asTenant(tenant, share: Self.strangers) { session throws(DatabaseError) in
            try session.query(
                """
                SELECT u.email, t.name FROM invitations i
                    JOIN users u ON u.tenant_id = i.tenant_id AND u.id = i.user_id
                    JOIN tenants t ON t.id = i.tenant_id AND t.state = 'active'
                WHERE i.tenant_id = $1 AND i.user_id = $2 AND i.token_hash = $3
                    AND i.expires_at > now() AND u.disabled_at IS NULL
                """,
                .id(tenant),
                .id(user),
                .bytes(tokenHash)
            ).decodeFirst { row throws(DatabaseError) in
                (email: try row.next(String.self), organisation: try row.next(String.self))
            }
        }
    }

    /// Uses an invitation up: its person has a password, and the logins by an older one end.
    /// - Returns: Those; nil if the invitation is not good.
    package func acceptInvitation(
        _ tenant: TenantID,
        _ user: UserID,
        tokenHash: [UInt8],
        passwordHash: String
    ) async throws(CatalogError) -> [SessionID]? {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) -> [SessionID]? in
            try Self.lockPeople(tenant, &session)
            let used = try session.query(
                """
                DELETE FROM invitations i USING users u, tenants t
                WHERE i.tenant_id = $1 AND i.user_id = $2 AND i.token_hash = $3
                    AND i.expires_at > now() AND u.tenant_id = i.tenant_id AND u.id = i.user_id
                    AND u.disabled_at IS NULL AND t.id = i.tenant_id AND t.state = 'active'
                """,
                .id(tenant),
                .id(user),
                .bytes(tokenHash)
            )
            guard used.affected == 1 else { return nil }
            try session.query(
                "UPDATE users SET password_hash = $3 WHERE tenant_id = $1 AND id = $2",
                .id(tenant),
                .id(user),
                .text(passwordHash)
            )
            return try Self.endSessions(tenant, user, .rightsChanged, &session)
        }
    }

    /// Ends a person's invitation: whoever has its link may not choose the password any more.
    static func withdrawInvitation(
        _ tenant: TenantID,
        _ user: UserID,
        _ session: inout Session
    ) throws(DatabaseError) {
        try session.query(
            "DELETE FROM invitations WHERE tenant_id = $1 AND user_id = $2",
            .id(tenant),
            .id(user)
        )
    }

    /// Ends the invitations that a person made, who may make none any more.
    static func withdrawInvitations(
        _ tenant: TenantID,
        by inviter: UserID,
        _ session: inout Session
    ) throws(DatabaseError) {
        try session.query(
            "DELETE FROM invitations WHERE tenant_id = $1 AND invited_by = $2",
            .id(tenant),
            .id(inviter)
        )
    }

    static func invite(
        _ tenant: TenantID,
        _ user: UserID,
        _ tokenHash: [UInt8],
        by inviter: UserID,
        _ session: inout Session
    ) throws(DatabaseError) {
        try session.query(
            """
            INSERT INTO invitations (tenant_id, user_id, token_hash, invited_by, expires_at)
            VALUES ($1, $2, $3, $4, now() + $5 * interval '1 second')
            ON CONFLICT (tenant_id, user_id) DO UPDATE SET token_hash = excluded.token_hash,
                invited_by = excluded.invited_by, invited_at = now(),
                expires_at = excluded.expires_at
            """,
            .id(tenant),
            .id(user),
            .bytes(tokenHash),
            .id(inviter),
            .double(Double(invitationLifetime))
        )
    }
}
