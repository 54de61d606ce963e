internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity
internal import Keys

/// Who may do what: asked at the beginning of every route.
extension APIServices {
    /// The person behind a bearer token or key, who must have the permission.
    /// - Parameter mayEnrol: Whether a login will do that is good for enrolling a second factor alone.
    func principal(
        _ request: Request,
        needs permission: Permission?,
        mayEnrol: Bool = false
    ) async throws -> Principal {
        let principal = try await holder(request, Self.kind(request))
        try await checkVisit(principal)
        // Who has not heard of ends lately asks for this one; a key was asked for.
        if principal.scope == nil, !endedSessions.isCurrent(now()),
            try await catalog.isSessionOver(principal.tenant, principal.session)
        {
            throw Problem.unauthorized
        }
        Self.identify(principal)
        if !(mayEnrol && permission == nil) { try Self.check(principal, permission) }
        return principal
    }

    /// Counts the request: as one of whom the token or key names, or, without one that is good, of
    /// its address.
    private func holder(_ request: Request, _ kind: RequestKind) async throws -> Principal {
        guard let text = Self.bearer(request) else { throw refused() }
        return text.hasPrefix(APIKeyToken.prefix)
            ? try await keyHolder(text, kind) : try await tokenHolder(text, kind)
    }

    /// The problem of a request whose credential is missing or no good, which counts for its address:
    /// that one, or that of the limit.
    func refused(_ problem: Problem = .unauthorized) -> Problem {
        do throws(Problem) {
            try rates.takeUnknown(UnknownCallerMiddleware.caller)
            return problem
        } catch {
            return error
        }
    }

    /// The person, by a login: what belongs to the person alone no key reads or changes.
    /// - Parameter mayEnrol: Whether a login will do that is good for enrolling a second factor alone.
    func person(
        _ request: Request,
        needs permission: Permission? = nil,
        mayEnrol: Bool = false
    ) async throws -> Principal {
        let principal = try await principal(request, needs: permission, mayEnrol: mayEnrol)
        guard principal.scope == nil, principal.home == nil else {
            throw Problem(
                .forbidden,
                "This needs a login of this organisation; an API key or a visit will not do."
            )
        }
        return principal
    }

    /// The key's row and its person's are read each time: what is taken from either counts at once.
    ///
    /// 1. A limit: the key's, if it was good before, else that of its address. 2. The rows. 3. What
    /// proved good is counted as the key's, and as nobody else's from then on.
    private func keyHolder(_ text: String, _ kind: RequestKind) async throws -> Principal {
        guard let token = APIKeyToken(text) else { throw refused() }
        let caller = UnknownCallerMiddleware.caller
        let isProven = provenKeys.contains(token)
        if isProven {
            try rates.take(kind, key: token.key, of: token.tenant)
        } else {
            try rates.takeUnknown(caller)
        }
        guard
            let (key, user) = try await catalog.usedAPIKey(
                token.tenant,
                token.key,
                secretHash: token.hash,
                isProven: isProven
            ),
            let role = Role.named(user.role)
        else {
            provenKeys.remove(token)
            throw Problem.unauthorized
        }
        if !isProven {
            provenKeys.insert(token)
            rates.giveBackUnknown(caller)
            try rates.take(kind, key: token.key, of: token.tenant)
        }
        var principal = Principal(
            tenant: key.tenant,
            user: key.user,
            role: role,
            session: SessionID(key.id.uuid),
            scope: Set(key.permissions.compactMap { Permission(rawValue: $0) }),
            roleName: user.role,
            ownPermissions: Self.permissions(user.permissions)
        )
        principal.isKey = true
        return principal
    }

    /// Refuses a visitor whose visit is over, or who may not visit any more.
    private func checkVisit(_ principal: Principal) async throws {
        guard let home = principal.home else { return }
        let person = try await catalog.visitor(
            principal.tenant,
            principal.session,
            from: home,
            principal.user
        )
        let held = person.map { Self.held($0, []) } ?? []
        guard held.contains(.clientsManage) else { throw Problem.unauthorized }
    }

    private func tokenHolder(_ text: String, _ kind: RequestKind) async throws -> Principal {
        let claims: TokenClaims
        do {
            claims = try await tokens.verify(text, now: now())
        } catch {
            throw refused()
        }
        guard let role = Role.named(claims.role), !endedSessions.contains(claims.session) else {
            throw refused()
        }
        try rates.take(kind, user: claims.user, of: claims.tenant)
        return Principal(
            tenant: claims.tenant,
            user: claims.user,
            role: role,
            session: claims.session,
            home: claims.home,
            roleName: claims.role,
            ownPermissions: Self.permissions(claims.permissions),
            enrolsOnly: claims.enrolsOnly
        )
    }

    /// The person who may read a camera's playlists: by bearer token, or by the ticket in the query,
    /// for which the person's row is read again.
    ///
    /// Of ends what was told counts, and nobody is asked: while the database is away, who watches
    /// goes on watching.
    func viewer(
        _ request: Request,
        _ query: Query,
        of camera: CameraID,
        needs permission: Permission
    ) async throws -> Principal {
        guard let text = query["token"] else {
            let principal = try await holder(request, .playlists)
            Self.identify(principal)
            try await checkVisit(principal)
            try await check(principal, permission, at: camera)
            return principal
        }
        let ticket: PlaylistTicket
        do {
            ticket = try PlaylistTicket(
                text,
                camera: camera,
                key: keys.derive(.playlistToken),
                now: now()
            )
        } catch {
            throw refused()
        }
        guard !endedSessions.contains(ticket.session) else { throw refused() }
        try rates.take(.playlists, user: ticket.user, of: ticket.tenant)
        let key = LiveMemory.UserKey(tenant: ticket.tenant, user: ticket.user)
        let found = try await liveMemory.users.value(key) {
            () async throws(CatalogError) in
            try await catalog.user(ticket.tenant, ticket.user)
        }
        guard let user = found,
            user.disabledAt == nil, let role = Role.named(user.role)
        else { throw Problem.unauthorized }
        let principal = Principal(
            tenant: ticket.tenant,
            user: ticket.user,
            role: role,
            session: ticket.session,
            scope: ticket.allowsArchive ? [.videoLive, .videoArchive] : [.videoLive],
            home: user.home,
            roleName: user.role,
            ownPermissions: Self.permissions(user.permissions)
        )
        Self.identify(principal)
        try await checkVisit(principal)
        try await check(principal, permission, at: camera)
        return principal
    }

    /// Refuses whoever is no worker.
    func checkWorker(_ request: Request) throws(Problem) {
        guard let text = Self.bearer(request), ConstantTime.equal(text, workerToken) else {
            throw refused(
                Problem(
                    .unauthorized,
                    "Workers send SPARC_WORKER_TOKEN as Bearer.",
                    headers: [.wwwAuthenticate: "Bearer realm=\"sparc-worker\""]
                )
            )
        }
    }

    private static func check(
        _ principal: Principal,
        _ permission: Permission?
    ) throws(Problem) {
        try checkEnrolled(principal)
        guard let permission, !principal.may(permission) else { return }
        throw lack(permission)
    }

    private static func kind(_ request: Request) -> RequestKind {
        request.method == .get || request.method == .head ? .reads : .writes
    }

    /// Refuses whose login is good for enrolling a second factor alone.
    static func checkEnrolled(_ principal: Principal) throws(Problem) {
        guard principal.enrolsOnly else { return }
        throw Problem(
            .enrolmentNeeded,
            "Your organisation requires a second factor: enrol one with POST "
                + "/api/v1/me/second-factor, confirm it, and refresh the tokens."
        )
    }

    private static func bearer(_ request: Request) -> String? {
        let fields = request.headers[values: .authorization]
        guard fields.count == 1, let field = fields.first, field.utf8.count <= 4_096 else {
            return nil
        }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
