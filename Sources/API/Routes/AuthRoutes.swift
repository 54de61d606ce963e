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

    /// 1. Fields. 2. The limits, which count the attempt as failed. 3. Password and state. 4. The code of
    /// who has a second factor. 5. The session, which uses the code up, in one transaction.
    private func logIn(_ request: Request, _ context: APIContext) async throws -> Response {
        let wanted = try LoginRequest(body: await request.jsonBytes())
        let now = services.now()
        let key = services.keys.derive(.deviceToken)
        var attempt = LoginAttempt(
            tenant: wanted.tenant,
            email: wanted.email,
            address: services.clientAddress(request, context)
        )
        let device = wanted.deviceToken.flatMap {
            DeviceToken($0, account: attempt.account, key: key, now: now)
        }
        attempt.device = device?.id
        if let wait = services.attempts.begin(attempt, now: now) {
            throw Problem(
                .tooManyRequests,
                "Too many attempts for this login; wait \(wait) s.",
                headers: [.retryAfter: String(wait)]
            )
        }
        // What fails in between came to no answer.
        var outcome = LoginLimits.Outcome.unchecked
        defer { services.attempts.end(attempt, outcome, began: now) }
        let (record, role) = try await known(wanted, context, &outcome)
        if record.sealedSeed != nil {
            outcome = .needsCode
            guard wanted.code != nil else { throw Self.codeNeeded }
            if device?.hasShownCode != true {
                try await countCode(of: record.user, request, context)
            }
            outcome = .unchecked
        }
        guard let proof = try await proof(wanted.code, of: record, now, &outcome) else {
            context.logger.info("login refused: the code")
            services.noteRefusedLogin(record.user, wrong: "code")
            throw Self.wrongCode
        }
        let principal = try await services.openLogin(
            of: record.user,
            role: role,
            passwordHash: record.passwordHash,
            proof: proof,
            request,
            context,
            stale: Self.wrongLogin
        )
        guard let principal else {
            outcome = .wrong
            context.logger.info("login refused: the code")
            services.noteRefusedLogin(record.user, wrong: "code")
            throw Self.wrongCode
        }
        outcome = .right
        await renewHash(of: record, wanted.password, context)
        let hasShownCode = proof != .none
        let renewed =
            device?.renewed(now: now, hasShownCode: hasShownCode)
            ?? DeviceToken(now: now, hasShownCode: hasShownCode)
        return try await services.tokens(
            principal,
            generation: 1,
            deviceToken: renewed.text(account: attempt.account, key: key)
        )
    }

    /// Keeps a right password under today's parameters. Nothing depends on it, and a password that was
    /// changed meanwhile stays.
    private func renewHash(
        of record: LoginRecord,
        _ password: String,
        _ context: APIContext
    ) async {
        let user = record.user
        let renewed = await services.passwords.renewed(
            password,
            encoded: record.passwordHash,
            of: user.tenant
        )
        guard let renewed else { return }
        do {
            try await services.catalog.renewPasswordHash(
                user.tenant,
                user.id,
                from: record.passwordHash,
                to: renewed
            )
        } catch {
            context.logger.info("a password's hash is renewed at the next login: \(error)")
        }
    }

    /// The row and role of whose password is right and who may log in.
    private func known(
        _ wanted: LoginRequest,
        _ context: APIContext,
        _ outcome: inout LoginLimits.Outcome
    ) async throws -> (LoginRecord, Role) {
        let tenant = try await services.catalog.tenantID(named: wanted.tenant)
        let record = try await services.catalog.loginRecord(of: tenant, email: wanted.email)
        // Who has not chosen a password yet costs as much time as who is unknown.
        let known = record.flatMap { $0.passwordHash == Catalog.noPassword ? nil : $0.passwordHash }
        let isRight = await services.passwords.isRight(
            wanted.password,
            encoded: known,
            of: tenant
        )
        guard let isRight else {
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
            outcome = .wrong
            context.logger.info("login refused")
            if let record { services.noteRefusedLogin(record.user, wrong: "password") }
            throw Self.wrongLogin
        }
        return (record, role)
    }

    /// Counts a try of a code on all coordinators, and tells the organisation of many.
    private func countCode(
        of user: User,
        _ request: Request,
        _ context: APIContext
    ) async throws {
        let address = services.clientAddress(request, context)?.description ?? ""
        let agent = request.headers[.userAgent] ?? ""
        let decision = try await services.catalog.countCode(user.tenant, user.id) {
            tries,
            after,
            now in
            let decision = CodeThrottle.decide(tries: tries, after: after)
            let event =
                decision.isTold
                ? LoginEvent.codesGuessed(user.id, address: address, agent: agent, at: now) : nil
            guard case .goOn(let counted) = decision else { return (nil, nil, decision) }
            return (counted, event, decision)
        }
        if case .wait(let wait) = decision {
            throw Problem(
                .tooManyRequests,
                "Too many codes were tried; wait \(wait) s.",
                headers: [.retryAfter: String(wait)]
            )
        }
    }

    /// What the code proves of a person whose password is right; nil if it is not good.
    private func proof(
        _ code: String?,
        of record: LoginRecord,
        _ now: WallTime,
        _ outcome: inout LoginLimits.Outcome
    ) async throws -> FactorProof? {
        guard let sealed = record.sealedSeed, let begunAt = record.factorBegunAt, let code else {
            return FactorProof.none
        }
        let proof = try await SecondFactorSeeds.proof(
            code,
            sealed: sealed,
            begunAt: begunAt,
            lastStep: record.lastStep,
            record.user.tenant,
            record.user.id,
            in: services.envelope,
            now: now
        )
        if proof == nil { outcome = .wrong }
        return proof
    }

    private static let wrongLogin = Problem(
        .unauthorized,
        "Email, password or tenant is wrong.",
        headers: [.wwwAuthenticate: "Bearer realm=\"sparc\""]
    )

    private static let codeNeeded = Problem(
        .codeNeeded,
        "Send the same again with code: of the authenticator, or a recovery code.",
        headers: [.wwwAuthenticate: "Bearer realm=\"sparc\""]
    )

    private static let wrongCode = Problem(
        .codeWrong,
        "The code is wrong, too old or was used; wait for the next one of the authenticator.",
        headers: [.wwwAuthenticate: "Bearer realm=\"sparc\""]
    )

    /// The refresh token in a body, which costs a row. Those of a session are counted together, since
    /// it may be over, and what is none of ours counts for its address.
    private func refreshToken(_ request: Request) async throws -> RefreshToken {
        let example = #"{"refresh_token":"sparc_rt_…"}"#
        var body = try BodyReader(body: await request.jsonBytes(), example: example)
        let text = body.requiredText("refresh_token", limit: 2_048, example: "sparc_rt_…")
        body.reportUnknown(known: "refresh_token")
        try body.finish()
        let token: RefreshToken
        do {
            token = try RefreshToken(text, key: services.keys.derive(.refreshToken))
        } catch {
            throw services.refused()
        }
        try services.rates.takeUnknown("session/\(token.session)")
        return token
    }

    private func refresh(_ request: Request, _ context: APIContext) async throws -> Response {
        let token = try await refreshToken(request)
        let lifetime = services.refreshLifetime
        let address = services.clientAddress(request, context)?.description ?? ""
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
            ownPermissions: found.permissions,
            enrolsOnly: found.enrolsOnly
        )
        return try await services.tokens(principal, generation: generation)
    }

    private struct Refreshed: Sendable {
        var decision: RefreshDecision
        var user: UserID
        /// Nil for one that this build does not know.
        var role: Role?
        var roleName: String
        var permissions: Set<Permission>
        var enrolsOnly: Bool
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
            permissions: APIServices.permissions(user.permissions),
            enrolsOnly: session.enrolsOnly
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
        let principal = try await services.principal(request, needs: nil, mayEnrol: true)
        guard
            let (user, tenant) = try await services.catalog.userAndTenant(
                principal.tenant,
                principal.user
            ),
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
