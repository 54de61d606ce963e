internal import Catalog
internal import Domain
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Identity
internal import Logging
internal import Telemetry

/// Login, new tokens for old, logout, and who one is.
struct AuthRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.post("/api/v1/auth/login") { request, context in
            try await logIn(request, context)
        }
        router.post("/api/v1/auth/refresh") { request, _ in try await refresh(request) }
        router.post("/api/v1/auth/logout") { request, _ in try await logOut(request) }
        router.get("/api/v1/me") { request, _ in try await me(request) }
    }

    private struct Tokens: Encodable {
        var accessToken: String
        var refreshToken: String
        var tokenType = "Bearer"
        var expiresIn: Int64
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
        let account = "\(tenant.lowercased())\n\(email.lowercased())"
        if let wait = services.sessions.beginLogin(account, now: now) {
            throw Problem(
                .tooManyRequests,
                "Too many attempts for this login; wait \(wait) s.",
                headers: [.retryAfter: String(wait)]
            )
        }
        let record = try await services.catalog.loginRecord(tenantName: tenant, email: email)
        let isRight = await services.passwords.isRight(password, encoded: record?.passwordHash)
        guard let isRight else {
            throw Problem.unavailable("Too many logins at once; try again in a second.")
        }
        let decision = LoginDecision.decide(
            isPasswordRight: isRight,
            role: record?.user.role,
            isDisabled: record?.user.disabledAt != nil,
            isDevelopmentLogin: DevelopmentLogin.isNamed(tenant: tenant, email: email),
            isDevelopment: services.isDevelopment
        )
        guard case .granted(let role) = decision, let record else {
            context.logger.info("login refused")
            throw Problem(
                .unauthorized,
                "Email, password or tenant is wrong.",
                headers: [.wwwAuthenticate: "Bearer realm=\"sparc\""]
            )
        }
        services.sessions.loginSucceeded(account)
        let principal = Principal(tenant: record.user.tenant, user: record.user.id, role: role)
        context.logger.info("login", metadata: [LogKey.tenant: "\(principal.tenant)"])
        let family = UUID().uuidString.lowercased()
        return try await tokens(
            principal,
            refresh: claims(principal, family: family, lifetime: services.refreshLifetime)
        )
    }

    private func claims(
        _ principal: Principal,
        role: String = "",
        family: String,
        lifetime: Int64
    ) -> TokenClaims {
        let seconds = services.now().microseconds / 1_000_000
        return TokenClaims(
            tenant: principal.tenant,
            user: principal.user,
            role: role,
            family: family,
            id: UUID().uuidString.lowercased(),
            issuedAt: seconds,
            expiresAt: seconds + lifetime
        )
    }

    private func tokens(_ principal: Principal, refresh: TokenClaims) async throws -> Response {
        let access = claims(
            principal,
            role: principal.role.rawValue,
            family: refresh.family,
            lifetime: services.accessLifetime
        )
        return JSONText.response(
            Tokens(
                accessToken: try await services.tokens.sign(access, as: .access),
                refreshToken: try await services.tokens.sign(refresh, as: .refresh),
                expiresIn: services.accessLifetime
            )
        )
    }

    /// The claims of the refresh token in a body.
    private func refreshClaims(_ request: Request) async throws -> TokenClaims {
        let example = #"{"refresh_token":"eyJ…"}"#
        var body = try BodyReader(body: await request.jsonBytes(), example: example)
        let text = body.requiredText("refresh_token", limit: 2_048, example: "eyJ…")
        body.reportUnknown(known: "refresh_token")
        try body.finish()
        do {
            return try await services.tokens.verify(text, as: .refresh, now: services.now())
        } catch {
            throw Problem.unauthorized
        }
    }

    private func refresh(_ request: Request) async throws -> Response {
        let old = try await refreshClaims(request)
        guard let user = try await services.catalog.user(old.tenant, old.user),
            user.disabledAt == nil, let role = Role(rawValue: user.role)
        else { throw Problem.unauthorized }
        let principal = Principal(tenant: old.tenant, user: old.user, role: role)
        let new = claims(principal, family: old.family, lifetime: services.refreshLifetime)
        let successor: TokenClaims
        do {
            successor = try services.sessions.exchange(old, for: new, now: services.now())
        } catch {
            throw Problem.unauthorized
        }
        return try await tokens(principal, refresh: successor)
    }

    private func logOut(_ request: Request) async throws -> Response {
        let claims = try await refreshClaims(request)
        services.sessions.end(claims, lifetime: services.refreshLifetime, now: services.now())
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
                role: principal.role.rawValue,
                permissions: principal.role.permissions.map(\.rawValue).sorted(),
                tenant: Me.Organisation(id: tenant.id, name: tenant.name)
            )
        )
    }
}
