import Database
package import Domain

/// Second factors: enrolled by their persons, used up code by code, removed by their persons or by
/// who manages people.
extension Catalog {
    /// A person's second factor, confirmed or not; nil without.
    package func secondFactor(
        _ tenant: TenantID,
        _ user: UserID
    ) async throws(CatalogError) -> SecondFactor? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                """
                SELECT f.sealed_seed, f.created_at, f.confirmed_at, f.last_step, (SELECT count(*)
                    FROM recovery_codes c WHERE c.tenant_id = $1 AND c.user_id = $2)
                FROM second_factors f WHERE f.tenant_id = $1 AND f.user_id = $2
                """,
                .id(tenant),
                .id(user)
            ).decodeFirst { row throws(DatabaseError) in try Self.factor(&row) }
        }
    }

    /// Begins an enrolment; one that was begun before and not confirmed is forgotten.
    /// - Parameter known: The hash that the password was compared with.
    /// - Returns: False if the person has a confirmed one; nil if the password is another one by now
    ///   or the person may not log in.
    package func beginSecondFactor(
        _ tenant: TenantID,
        _ user: UserID,
        password known: String,
        sealedSeed: [UInt8]
    ) async throws(CatalogError) -> Bool? {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) -> Bool? in
            guard try Self.hold(tenant, user, password: known, &session) else { return nil }
            return try session.query(
                """
                INSERT INTO second_factors (tenant_id, user_id, sealed_seed) VALUES ($1, $2, $3)
                ON CONFLICT (tenant_id, user_id) DO UPDATE SET sealed_seed = excluded.sealed_seed,
                    created_at = now(), last_step = 0
                WHERE second_factors.confirmed_at IS NULL
                """,
                .id(tenant),
                .id(user),
                .bytes(sealedSeed)
            ).affected == 1
        }
    }

    /// Confirms what was begun: from here on logins need a code. All other logins of the person end,
    /// which were made without; the one that asks is good for everything.
    /// - Parameters:
    ///   - begunAt: Tells the enrolment that the code was shown for.
    ///   - step: Of the code that was shown; it is used up.
    ///   - recoveryHashes: Of the first recovery codes.
    ///   - kept: The login that asks.
    /// - Returns: The logins that ended; nil if there is no such enrolment any more, or that login
    ///   has ended.
    package func confirmSecondFactor(
        _ tenant: TenantID,
        _ user: UserID,
        begunAt: WallTime,
        step: Int64,
        recoveryHashes: [[UInt8]],
        keeping kept: SessionID
    ) async throws(CatalogError) -> [SessionID]? {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) -> [SessionID]? in
            guard try Self.hold(tenant, user, &session) else { return nil }
            let confirmed = try session.query(
                """
                UPDATE second_factors SET confirmed_at = now(), codes_made_at = now(),
                    last_step = $4
                WHERE tenant_id = $1 AND user_id = $2 AND created_at = $3
                    AND confirmed_at IS NULL
                    AND EXISTS (SELECT FROM sessions s WHERE s.tenant_id = $1 AND s.id = $5
                        AND s.user_id = $2 AND s.ended_at IS NULL AND s.expires_at > now())
                """,
                .id(tenant),
                .id(user),
                .time(begunAt),
                .int(step),
                .id(kept)
            )
            guard confirmed.affected == 1 else { return nil }
            try Self.insertRecovery(tenant, user, recoveryHashes, &session)
            try session.query(
                """
                UPDATE sessions SET enrols_only = false, shows_factor = true
                WHERE tenant_id = $1 AND id = $2
                """,
                .id(tenant),
                .id(kept)
            )
            return try session.query(
                """
                UPDATE sessions SET ended_at = now(), end_reason = 'rights_changed'
                WHERE tenant_id = $1 AND user_id = $2 AND id <> $3 AND ended_at IS NULL
                RETURNING id
                """,
                .id(tenant),
                .id(user),
                .id(kept)
            ).decode { row throws(DatabaseError) in try row.next() }
        }
    }

    /// Puts new recovery codes in the place of the old ones.
    /// - Parameter known: The hash that the password was compared with.
    /// - Returns: False if the code was used already or anything was changed meanwhile.
    package func replaceRecoveryCodes(
        _ tenant: TenantID,
        _ user: UserID,
        password known: String,
        proof: FactorProof,
        hashes: [[UInt8]]
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            guard try Self.hold(tenant, user, password: known, &session),
                proof != .none, try Self.use(proof, tenant, user, &session)
            else { return false }
            try session.query(
                "DELETE FROM recovery_codes WHERE tenant_id = $1 AND user_id = $2",
                .id(tenant),
                .id(user)
            )
            try Self.insertRecovery(tenant, user, hashes, &session)
            try session.query(
                """
                UPDATE second_factors SET codes_made_at = now()
                WHERE tenant_id = $1 AND user_id = $2
                """,
                .id(tenant),
                .id(user)
            )
            return true
        }
    }

    /// Removes a person's second factor, and ends all the person's logins.
    /// - Parameter known: The hash that the password was compared with.
    /// - Returns: Those; nil if the code was used already or anything was changed meanwhile.
    package func removeSecondFactor(
        _ tenant: TenantID,
        _ user: UserID,
        password known: String,
        proof: FactorProof
    ) async throws(CatalogError) -> [SessionID]? {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) -> [SessionID]? in
            guard try Self.hold(tenant, user, password: known, &session),
                proof != .none, try Self.use(proof, tenant, user, &session)
            else { return nil }
            try Self.deleteFactor(tenant, user, &session)
            return try Self.endSessions(tenant, user, .rightsChanged, &session)
        }
    }

    /// Counts a try of a code before it is looked at, for all coordinators together: those at once wait
    /// for each other here. A login that succeeds forgets them.
    /// - Parameter decide: Gets the tries that were counted, the seconds since the last one and the
    ///   database's time; says how many there are with this one, or nil if it must wait; what else it
    ///   says is returned, and the event is told of in the same transaction.
    /// - Returns: Nil if the person has no confirmed factor any more.
    package func countCode<Value: Sendable>(
        _ tenant: TenantID,
        _ user: UserID,
        _ decide:
            @escaping @Sendable (_ tries: Int, _ after: Int64, _ now: WallTime) -> (
                tries: Int?, event: Event?, value: Value
            )
    ) async throws(CatalogError) -> Value? {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) -> Value? in
            let found = try session.query(
                """
                SELECT tries, floor(extract(epoch FROM now() - coalesce(tried_at, now())))::bigint,
                    now()
                FROM second_factors
                WHERE tenant_id = $1 AND user_id = $2 AND confirmed_at IS NOT NULL FOR UPDATE
                """,
                .id(tenant),
                .id(user)
            ).decodeFirst { row throws(DatabaseError) in
                (
                    tries: try row.next(Int.self), after: try row.next(Int64.self),
                    now: try row.next(WallTime.self)
                )
            }
            guard let found else { return nil }
            let decision = decide(found.tries, found.after, found.now)
            guard let tries = decision.tries else { return decision.value }
            try session.query(
                """
                UPDATE second_factors SET tries = $3, tried_at = now()
                WHERE tenant_id = $1 AND user_id = $2
                """,
                .id(tenant),
                .id(user),
                .int(tries)
            )
            if let event = decision.event { try Self.add([event], tenant, &session) }
            return decision.value
        }
    }

    /// Uses a proof up. The factor's row is changed by one transaction at a time, so that of many
    /// with one code one comes through.
    /// - Returns: False if it is not good any more; also for none, where there is a factor.
    static func use(
        _ proof: FactorProof,
        _ tenant: TenantID,
        _ user: UserID,
        _ session: inout Session
    ) throws(DatabaseError) -> Bool {
        switch proof {
        case .none:
            return try session.query(
                """
                SELECT user_id FROM second_factors
                WHERE tenant_id = $1 AND user_id = $2 AND confirmed_at IS NOT NULL
                """,
                .id(tenant),
                .id(user)
            ).first == nil
        case .step(let step, let begunAt):
            return try session.query(
                """
                UPDATE second_factors SET last_step = $3, tries = 0
                WHERE tenant_id = $1 AND user_id = $2 AND created_at = $4
                    AND confirmed_at IS NOT NULL AND last_step < $3
                """,
                .id(tenant),
                .id(user),
                .int(step),
                .time(begunAt)
            ).affected == 1
        case .recovery(let hash):
            let used = try session.query(
                """
                DELETE FROM recovery_codes c USING second_factors f
                WHERE c.tenant_id = $1 AND c.user_id = $2 AND c.code_hash = $3
                    AND f.tenant_id = c.tenant_id AND f.user_id = c.user_id
                    AND f.confirmed_at IS NOT NULL
                """,
                .id(tenant),
                .id(user),
                .bytes(hash)
            )
            guard used.affected == 1 else { return false }
            try session.query(
                """
                UPDATE second_factors SET recovery_used_at = now(), tries = 0
                WHERE tenant_id = $1 AND user_id = $2
                """,
                .id(tenant),
                .id(user)
            )
            return true
        }
    }

    static func deleteFactor(
        _ tenant: TenantID,
        _ user: UserID,
        _ session: inout Session
    ) throws(DatabaseError) {
        try session.query(
            "DELETE FROM second_factors WHERE tenant_id = $1 AND user_id = $2",
            .id(tenant),
            .id(user)
        )
    }

    static func factor(_ row: inout RowReader) throws(DatabaseError) -> SecondFactor {
        SecondFactor(
            sealedSeed: try row.next(),
            begunAt: try row.next(),
            confirmedAt: try row.nextOptional(),
            lastStep: try row.next(),
            recoveryCodes: try row.next()
        )
    }

    /// Holds a person's row against logins and changes of it, for whoever changes the factor.
    /// - Returns: False if the person may not log in, or has another password by now.
    private static func hold(
        _ tenant: TenantID,
        _ user: UserID,
        password known: String? = nil,
        _ session: inout Session
    ) throws(DatabaseError) -> Bool {
        try lockPeople(tenant, &session)
        return try session.query(
            """
            SELECT id FROM users WHERE tenant_id = $1 AND id = $2 AND disabled_at IS NULL
                AND ($3::text IS NULL OR password_hash = $3::text) FOR NO KEY UPDATE
            """,
            .id(tenant),
            .id(user),
            .text(known)
        ).first != nil
    }

    private static func insertRecovery(
        _ tenant: TenantID,
        _ user: UserID,
        _ hashes: [[UInt8]],
        _ session: inout Session
    ) throws(DatabaseError) {
        try session.query(
            """
            INSERT INTO recovery_codes (tenant_id, user_id, code_hash)
            SELECT $1, $2, h FROM unnest($3) AS h
            """,
            .id(tenant),
            .id(user),
            .array(hashes.map { .bytes($0) }, of: .bytes)
        )
    }
}
