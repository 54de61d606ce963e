import Database
package import Domain

/// What an organisation requires of its logins.
extension Catalog {
    /// Whether everybody must have a second factor.
    package func requiresSecondFactor(
        _ tenant: TenantID
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try Self.requiresSecondFactor(tenant, &session)
        }
    }

    /// Requires a second factor of everybody, or of nobody. Required, the logins that showed none
    /// end; the next ones of people without one are good for enrolling alone, and those through a
    /// provider that asks for none are refused.
    ///
    /// `forbidden`: who changes is not any more what `actor` says.
    package func setRequiresSecondFactor(
        _ tenant: TenantID,
        _ isRequired: Bool,
        by actor: ActingUser
    ) async throws(CatalogError) -> LoginPolicyOutcome {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.lockPeople(tenant, &session)
            // Logins hold it shared while they are made: none slips through.
            try session.query(
                "SELECT pg_advisory_xact_lock(hashtextextended('logins/' || $1, 0))::text",
                .text(tenant.description)
            )
            try Self.check(actor, &session)
            if isRequired, try Self.use(.none, tenant, actor.id, &session) {
                return .needsOwnFactor
            }
            try session.query(
                """
                INSERT INTO login_policies (tenant_id, requires_second_factor) VALUES ($1, $2)
                ON CONFLICT (tenant_id) DO UPDATE SET
                    requires_second_factor = excluded.requires_second_factor, changed_at = now()
                """,
                .id(tenant),
                .bool(isRequired)
            )
            guard isRequired else {
                // Logins that could only enrol are good for everything after their next refresh.
                try session.query(
                    """
                    UPDATE sessions SET enrols_only = false
                    WHERE tenant_id = $1 AND enrols_only AND ended_at IS NULL
                    """,
                    .id(tenant)
                )
                return .changed(ended: [])
            }
            let ended: [SessionID] = try session.query(
                """
                UPDATE sessions SET ended_at = now(), end_reason = 'rights_changed'
                WHERE tenant_id = $1 AND ended_at IS NULL AND NOT enrols_only
                    AND NOT shows_factor
                RETURNING id
                """,
                .id(tenant)
            ).decode { row throws(DatabaseError) in try row.next() }
            try session.query(
                """
                UPDATE visits SET ended_at = now() WHERE tenant_id = $1 AND id = ANY ($2)
                    AND ended_at IS NULL
                """,
                .id(tenant),
                .array(ended.map { .id($0) }, of: .uuid)
            )
            return .changed(ended: ended)
        }
    }

    /// Held by whoever makes a login: beside other logins, not beside a change of the rule.
    static func lockPolicy(
        _ tenant: TenantID,
        _ session: inout Session
    ) throws(DatabaseError) {
        try session.query(
            "SELECT pg_advisory_xact_lock_shared(hashtextextended('logins/' || $1, 0))::text",
            .text(tenant.description)
        )
    }

    static func requiresSecondFactor(
        _ tenant: TenantID,
        _ session: inout Session
    ) throws(DatabaseError) -> Bool {
        try session.query(
            "SELECT requires_second_factor FROM login_policies WHERE tenant_id = $1",
            .id(tenant)
        ).first?.value(0) ?? false
    }
}
