internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity
internal import Keys
internal import Logging
internal import Telemetry

/// Login, new tokens for old, logout, and who one is.
struct AuthRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.post("/api/v1/auth/login") { request, context in
            try await logIn(request, context)
        }
        router.post("/api/v1/auth/refresh") { request, context in
            try await refresh(request, context)
        }
        router.post("/api/v1/auth/logout") { request, _ in try await logOut(request) }
        router.get("/api/v1/me") { request, _ in try await me(request) }
    }

    private func logIn(_ request: Request, _ context: APIContext) async throws -> Response {
        let example = #"{"email":"you@example.com","password":"…","tenant":"example"}"#
        var body = try BodyReader(body: await request.jsonBytes(), example: example)
        let email = body.requiredText("email", limit: 254, example: "you@example.com")
        let password = body.requiredText("password", limit: 256, example: "a long sentence")
        let tenant = body.requiredText("tenant", limit: 253, example: "example")
        body.reportUnknown(known: "email, password, tenant")
        try body.finish()
        let now = services.now()
        // As the row is found: whatever the case and the spaces around.
        let account = LoginAttempts.key(tenant: tenant, email: email)
        if let wait = services.attempts.begin(account, now: now) {
            throw Problem(
                .tooManyRequests,
                "Too many attempts for this login; wait \(wait) s.",
                headers: [.retryAfter: String(wait)]
            )
        }
        let record: LoginRecord?
        do {
            record = try await services.catalog.loginRecord(tenantName: tenant, email: email)
        } catch {
            services.attempts.unchecked(account, began: now)
            throw error
        }
        // Who has not chosen a password yet costs as much time as who is unknown.
        let known = record.flatMap { $0.passwordHash == Catalog.noPassword ? nil : $0.passwordHash }
        let isRight = await services.passwords.isRight(password, encoded: known)
        guard let isRight else {
            services.attempts.unchecked(account, began: now)
            throw Problem.unavailable("Too many logins at once; try again in a second.")
        }
        let decision = LoginDecision.decide(
            isPasswordRight: isRight,
            role: record?.user.role,
            isDisabled: record?.user.disabledAt != nil,
            // Of the row that was found: the words that were typed may have spaces.
            isDevelopmentLogin: record.map {
                DevelopmentLogin.isNamed(tenant: $0.tenantName, email: $0.user.email)
            } ?? false,
            isDevelopment: services.isDevelopment
        )
        guard case .granted(let role) = decision, let record else {
            context.logger.info("login refused")
            throw Self.wrongLogin
        }
        services.attempts.succeeded(account)
        let session = SessionID()
        let principal = Principal(
            tenant: record.user.tenant,
            user: record.user.id,
            role: role,
            session: session,
            roleName: record.user.role,
            ownPermissions: APIServices.permissions(record.user.permissions)
        )
        let ended = try await services.catalog.createSession(
            record.user,
            passwordHash: record.passwordHash,
            id: session,
            lifetime: services.refreshLifetime,
            address: context.remoteAddress?.ipAddress ?? "",
            agent: request.headers[.userAgent] ?? ""
        )
        // Password, role or state were changed while this password was compared.
        guard let ended else { throw Self.wrongLogin }
        services.endedSessions.add(ended, now: now)
        context.logger.info("login", metadata: [LogKey.tenant: "\(principal.tenant)"])
        return try await services.tokens(of: principal, generation: 1)
    }

    private static let wrongLogin = Problem(
        .unauthorized,
        "Email, password or tenant is wrong.",
        headers: [.wwwAuthenticate: "Bearer realm=\"sparc\""]
    )

    /// The refresh token in a body.
    private func refreshToken(_ request: Request) async throws -> RefreshToken {
        let example = #"{"refresh_token":"sparc_rt_…"}"#
        var body = try BodyReader(body: await request.jsonBytes(), example: example)
        let text = body.requiredText("refresh_token", limit: 2_048, example: "sparc_rt_…")
        body.reportUnknown(known: "refresh_token")
        try body.finish()
        do {
            return try RefreshToken(text, key: services.keys.derive(.refreshToken))
        } catch {
            throw Problem.unauthorized
        }
    }

    private func refresh(_ request: Request, _ context: APIContext) async throws -> Response {
        let token = try await refreshToken(request)
        let lifetime = services.refreshLifetime
        let address = context.remoteAddress?.ipAddress ?? ""
        let agent = request.headers[.userAgent] ?? ""
        let found = try await services.catalog.updateSession(token.tenant, token.session) {
            session,
            user,
            now -> (LoginSession?, Event?, Refreshed) in
            Self.refreshed(session, user, token, lifetime: lifetime, now: now) {
                SessionEvent.reused(session, address: address, agent: agent, at: now)
            }
        }
        guard let found else { throw Problem.unauthorized }
        let generation: Int64
        switch found.decision {
        case .rotate(let next), .again(let next): generation = next
        case .refused: throw Problem.unauthorized
        case .reused:
            services.endedSessions.add([token.session], now: services.now())
            context.logger.warning(
                "a refresh token was used again: somebody has a copy; the session ended",
                metadata: [LogKey.tenant: "\(token.tenant)"]
            )
            throw Problem.unauthorized
        }
        guard let role = found.role else { throw Problem.unauthorized }
        let principal = Principal(
            tenant: token.tenant,
            user: found.user,
            role: role,
            session: token.session,
            roleName: found.roleName,
            ownPermissions: found.permissions
        )
        return try await services.tokens(of: principal, generation: generation)
    }

    private struct Refreshed: Sendable {
        var decision: RefreshDecision
        var user: UserID
        /// Nil for one that this build does not know.
        var role: Role?
        var roleName: String
        var permissions: Set<Permission>
    }

    /// What becomes of a session whose token is shown, and what is told of it.
    private static func refreshed(
        _ session: LoginSession,
        _ user: User,
        _ token: RefreshToken,
        lifetime: Int64,
        now: WallTime,
        event: () -> Event
    ) -> (LoginSession?, Event?, Refreshed) {
        var result = Refreshed(
            decision: RefreshDecision.decide(token.generation, of: session, now: now),
            user: user.id,
            role: Role.named(user.role),
            roleName: user.role,
            permissions: APIServices.permissions(user.permissions)
        )
        guard user.disabledAt == nil, result.role != nil else {
            result.decision = .refused
            return (nil, nil, result)
        }
        var changed = session
        switch result.decision {
        case .again, .refused: return (nil, nil, result)
        case .rotate(let next):
            changed.generation = next
            changed.rotatedAt = now
            changed.expiresAt = WallTime(microseconds: now.microseconds + lifetime * 1_000_000)
            return (changed, nil, result)
        case .reused:
            changed.endedAt = now
            changed.endReason = .reused
            return (changed, event(), result)
        }
    }

    private func logOut(_ request: Request) async throws -> Response {
        let token = try await refreshToken(request)
        _ = try await services.catalog.updateSession(token.tenant, token.session) {
            session,
            _,
            now -> (LoginSession?, Event?, Void) in
            guard session.endedAt == nil else { return (nil, nil, ()) }
            var changed = session
            changed.endedAt = now
            changed.endReason = .loggedOut
            return (changed, nil, ())
        }
        services.endedSessions.add([token.session], now: services.now())
        return Response(status: .noContent)
    }

    private struct Me: Encodable {
        struct Organisation: Encodable {
            var id: TenantID
            var name: String
        }
        var id: UserID
        var email: String
        var role: String
        var permissions: [String]
        var tenant: Organisation
    }

    private func me(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: nil)
        guard let user = try await services.catalog.user(principal.tenant, principal.user),
            let tenant = try await services.catalog.tenant(principal.tenant),
            user.disabledAt == nil
        else { throw Problem.unauthorized }
        return JSONText.response(
            Me(
                id: user.id,
                email: user.email,
                role: principal.roleName,
                permissions: principal.permissions.map(\.rawValue).sorted(),
                tenant: Me.Organisation(id: tenant.id, name: tenant.name)
            )
        )
    }
}
