import Database
package import Domain
import FoundationEssentials

/// A service provider's clients. Each call runs as the provider, who sees clients' rows of the
/// directory and nothing else of them.
extension Catalog {
    /// All organisations by id, for jobs that go through them one by one.
    package func tenants() async throws(CatalogError) -> [(id: TenantID, name: String)] {
        try await asPlatform { session throws(DatabaseError) in
            try session.query("SELECT id, name FROM tenants ORDER BY id").decode {
                row throws(DatabaseError) in
                (id: try row.next(TenantID.self), name: try row.next(String.self))
            }
        }
    }

    /// Whether an organisation may have clients.
    package func isProvider(_ tenant: TenantID) async throws(CatalogError) -> Bool {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                "SELECT is_provider AND state = 'active' FROM tenants WHERE id = $1",
                .id(tenant)
            ).first?.value(0) ?? false
        }
    }

    /// Lets an organisation have clients, or not any more; those that it has stay its own.
    /// `invalid`: it is somebody's client.
    /// - Returns: False if there is none with that id.
    package func setProvider(_ tenant: TenantID, _ isOne: Bool) async throws(CatalogError) -> Bool {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try session.query(
                "UPDATE tenants SET is_provider = $2 WHERE id = $1",
                .id(tenant),
                .bool(isOne)
            ).affected == 1
        }
    }

    /// Adds a client, with an invitation for its first owner if one is named.
    ///
    /// `conflict`: name or domain is taken, of which the constraint says which. `forbidden`: the
    /// organisation is no provider.
    /// - Parameter owner: Who gets the invitation; the role is one of `Identity`.
    package func createClient(
        _ provider: TenantID,
        _ client: NewClient,
        id: TenantID,
        owner: (id: UserID, email: String, role: String, tokenHash: [UInt8])?,
        by inviter: UserID
    ) async throws(CatalogError) -> Client {
        try await asTenant(provider, .readWrite) { session throws(DatabaseError) in
            let made: Bool? = try session.query(
                "SELECT create_client($1, $2, $3, $4, $5, $6, $7)",
                .id(id),
                .text(client.name),
                .text(client.domain),
                .text(client.plan),
                .int(client.limits.doors.map { Int64($0) }),
                .int(client.limits.cameras.map { Int64($0) }),
                .int(client.limits.users.map { Int64($0) })
            ).first?.value(0)
            guard made == true, let added = try Self.client(provider, id, &session) else {
                throw DatabaseError(.server, "it is no provider", sqlState: "42501")
            }
            if let owner {
                try Self.enter(id, of: provider, &session)
                try Self.addOwner(owner, to: id, by: inviter, &session)
            }
            return added
        }
    }

    /// Invites the first owner of a client, or invites one again: for a client that was made without,
    /// and for a link that expired. Whoever was invited as owner before and has no password stays.
    ///
    /// `conflict`: the client has an owner with a password (without constraint), or somebody else
    /// has the address (constraint `users_email`). `invalid`: it is being deleted.
    /// - Returns: False if the provider has no client with that id.
    package func inviteOwner(
        _ provider: TenantID,
        _ client: TenantID,
        owner: (id: UserID, email: String, role: String, tokenHash: [UInt8]),
        by inviter: UserID
    ) async throws(CatalogError) -> Bool {
        try await asTenant(provider, .readWrite) { session throws(DatabaseError) -> Bool in
            guard try Self.client(provider, client, &session) != nil else { return false }
            try Self.refuseGoing(client, &session)
            try Self.enter(client, of: provider, &session)
            try Self.lockPeople(client, &session)
            let hasOwner: Bool? = try session.query(
                """
                SELECT EXISTS (SELECT FROM users WHERE tenant_id = $1 AND role = $2
                    AND password_hash <> $3)
                """,
                .id(client),
                .text(owner.role),
                .text(Self.noPassword)
            ).first?.value(0)
            guard hasOwner != true else {
                throw DatabaseError(.server, "the client has an owner", sqlState: "23505")
            }
            // An earlier invitation of the same address makes room.
            try session.query(
                """
                DELETE FROM users WHERE tenant_id = $1 AND role = $2 AND email_key = $3
                    AND password_hash = $4
                """,
                .id(client),
                .text(owner.role),
                .text(Self.emailKey(owner.email)),
                .text(Self.noPassword)
            )
            try Self.addOwner(owner, to: client, by: inviter, &session)
            return true
        }
    }

    private static func addOwner(
        _ owner: (id: UserID, email: String, role: String, tokenHash: [UInt8]),
        to client: TenantID,
        by inviter: UserID,
        _ session: inout Session
    ) throws(DatabaseError) {
        try Self.addPerson(client, owner.id, email: owner.email, role: owner.role, &session)
        try Self.invite(client, owner.id, owner.tokenHash, by: inviter, &session)
    }

    /// A page of clients in the order in which they were added.
    package func clients(
        _ provider: TenantID,
        after: PageCursor?,
        limit: Int
    ) async throws(CatalogError) -> (clients: [Client], next: PageCursor?) {
        let limit = min(max(1, limit), Client.pageLimit)
        let afterID = after.flatMap { TenantID($0.id) }
        return try await asTenant(provider) { session throws(DatabaseError) in
            var clients = try session.query(
                """
                SELECT id, name, domain, plan, door_limit, camera_limit, user_limit, state,
                    state_reason, state_at, delete_after, allows_visits, created_at
                FROM tenants WHERE provider_id = $1
                    AND ($3::uuid IS NULL OR (created_at, id) > ($2, $3::uuid))
                ORDER BY created_at, id LIMIT $4
                """,
                .id(provider),
                .time(after?.time),
                .id(afterID),
                .int(limit + 1)
            ).decode { row throws(DatabaseError) in try Self.client(&row) }
            let hasMore = clients.count > limit
            if hasMore { clients.removeLast() }
            let last = hasMore ? clients.last : nil
            return (clients, last.map { PageCursor(time: $0.createdAt, id: "\($0.id)") })
        }
    }

    /// One client; nil if the organisation has none with that id.
    package func client(
        _ provider: TenantID,
        _ client: TenantID
    ) async throws(CatalogError) -> Client? {
        try await asTenant(provider) { session throws(DatabaseError) in
            try Self.client(provider, client, &session)
        }
    }

    /// Changes what a provider decides of a client. `conflict`: as `createClient`. `invalid`: it is
    /// being deleted.
    /// - Returns: It as it is then; nil if the organisation has no client with that id.
    package func changeClient(
        _ provider: TenantID,
        _ client: TenantID,
        _ change: ClientChange
    ) async throws(CatalogError) -> Client? {
        var words: [String: JSONWord] = [:]
        words["name"] = change.name.map { .text($0) }
        words["domain"] = change.domain.map { .text($0) }
        words["plan"] = change.plan.map { .text($0) }
        words["door_limit"] = Self.word(change.limits.doors)
        words["camera_limit"] = Self.word(change.limits.cameras)
        words["user_limit"] = Self.word(change.limits.users)
        let json = Self.json(words)
        return try await asTenant(provider, .readWrite) { session throws(DatabaseError) in
            try Self.lockClient(client, &session)
            guard let found = try Self.client(provider, client, &session) else { return nil }
            try Self.refuseGoing(client, &session)
            try Self.change(client, from: found.state, json, &session)
            return try Self.client(provider, client, &session)
        }
    }

    /// Suspends, resumes, closes or deletes a client. Whoever is logged in there is not any more.
    /// - Returns: It as it is then; nil if the organisation has no client with that id.
    /// - Throws: `invalid`: there is nothing to change. `conflict`: it is to be deleted, and holds
    ///   keep footage of it.
    package func changeClientState(
        _ provider: TenantID,
        _ client: TenantID,
        _ change: TenantState.Change,
        reason: String?
    ) async throws(CatalogError) -> (client: Client, ended: [SessionID])? {
        try await asTenant(provider, .readWrite) {
            session throws(DatabaseError) -> (client: Client, ended: [SessionID])? in
            try Self.lockClient(client, &session)
            guard let found = try Self.client(provider, client, &session) else { return nil }
            guard try !Self.isGoing(client, &session),
                let state = found.state.after(change, isEnding: found.deleteAfter != nil)
            else {
                throw DatabaseError(.server, "it is so already", sqlState: "23514")
            }
            var words: [String: JSONWord] = ["state": .text(state.rawValue)]
            words["reason"] = reason.map { .text($0) }
            if change == .delete { words["grace_days"] = .number(Client.graceDays) }
            try Self.change(client, from: found.state, Self.json(words), &session)
            guard let changed = try Self.client(provider, client, &session) else { return nil }
            guard state != .active else { return (changed, []) }
            try Self.enter(client, of: provider, &session)
            if change == .delete {
                let isHeld: Bool? = try session.query(
                    """
                    SELECT EXISTS (SELECT FROM holds WHERE tenant_id = $1 AND released_at IS NULL)
                    """,
                    .id(client)
                ).first?.value(0)
                guard isHeld != true else {
                    throw DatabaseError(.server, "footage is held", sqlState: "23505")
                }
            }
            let ended = try session.query(
                """
                UPDATE sessions SET ended_at = now(), end_reason = 'suspended'
                WHERE tenant_id = $1 AND ended_at IS NULL RETURNING id
                """,
                .id(client)
            ).decode { row throws(DatabaseError) in try row.next(SessionID.self) }
            return (changed, ended)
        }
    }

    /// Held by whoever changes what a provider sees of a client, the client itself too.
    static func lockClient(_ client: TenantID, _ session: inout Session) throws(DatabaseError) {
        try session.query(
            "SELECT pg_advisory_xact_lock(hashtextextended('client/' || $1, 0))::text",
            .text(client.description)
        )
    }

    /// Everything from here on in the transaction is the client's, if it is one.
    static func enter(
        _ client: TenantID,
        of provider: TenantID,
        _ session: inout Session
    ) throws(DatabaseError) {
        let entered = try session.query(
            """
            SELECT set_config('app.current_tenant', id::text, true) FROM tenants
            WHERE id = $1 AND provider_id = $2
            """,
            .id(client),
            .id(provider)
        )
        guard entered.first != nil else {
            throw DatabaseError(.server, "it is no client of this one", sqlState: "42501")
        }
    }

    /// Whether its time of grace is over, and it is being deleted.
    private static func isGoing(
        _ client: TenantID,
        _ session: inout Session
    ) throws(DatabaseError) -> Bool {
        try session.query(
            "SELECT coalesce(delete_after <= now(), false) FROM tenants WHERE id = $1",
            .id(client)
        ).first?.value(0) ?? false
    }

    private static func refuseGoing(
        _ client: TenantID,
        _ session: inout Session
    ) throws(DatabaseError) {
        guard try !isGoing(client, &session) else {
            throw DatabaseError(.server, "it is being deleted", sqlState: "23514")
        }
    }

    private static func change(
        _ client: TenantID,
        from state: TenantState,
        _ changes: String,
        _ session: inout Session
    ) throws(DatabaseError) {
        let done: Bool? = try session.query(
            "SELECT change_client($1, $2, $3::text::jsonb)",
            .id(client),
            .text(state.rawValue),
            .text(changes)
        ).first?.value(0)
        guard done == true else {
            // Somebody else changed its state just now: it is read again.
            throw DatabaseError(.server, "the client was changed", sqlState: "40001")
        }
    }

    static func client(
        _ provider: TenantID,
        _ client: TenantID,
        _ session: inout Session
    ) throws(DatabaseError) -> Client? {
        try session.query(
            """
            SELECT id, name, domain, plan, door_limit, camera_limit, user_limit, state,
                state_reason, state_at, delete_after, allows_visits, created_at
            FROM tenants WHERE provider_id = $1 AND id = $2
            """,
            .id(provider),
            .id(client)
        ).decodeFirst { row throws(DatabaseError) in try Self.client(&row) }
    }

    private enum JSONWord: Encodable {
        case text(String)
        case number(Int)
        case null

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .number(let number): try container.encode(number)
            case .null: try container.encodeNil()
            }
        }
    }

    /// Nil leaves the limit.
    private static func word(_ change: LimitChange) -> JSONWord? {
        switch change {
        case .keep: nil
        case .remove: .null
        case .set(let limit): .number(limit)
        }
    }

    private static func json(_ words: [String: JSONWord]) -> String {
        // Words and numbers by name always encode.
        (try? JSONEncoder().encode(words)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private static func client(_ row: inout RowReader) throws(DatabaseError) -> Client {
        Client(
            id: try row.next(),
            name: try row.next(),
            domain: try row.nextOptional(),
            plan: try row.nextOptional(),
            limits: try limits(&row),
            state: try row.nextWord(),
            stateReason: try row.nextOptional(),
            stateAt: try row.next(),
            deleteAfter: try row.nextOptional(),
            allowsVisits: try row.next(),
            createdAt: try row.next()
        )
    }

    static func limits(_ row: inout RowReader) throws(DatabaseError) -> TenantLimits {
        func number(_ row: inout RowReader) throws(DatabaseError) -> Int? {
            let value: Int64? = try row.nextOptional()
            return value.map { Int(clamping: $0) }
        }
        let doors = try number(&row)
        let cameras = try number(&row)
        return TenantLimits(doors: doors, cameras: cameras, users: try number(&row))
    }
}
