internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity

/// A person's own logins, and the password that they are made with.
struct SessionRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/sessions") { request, _ in try await list(request) }
        router.delete("/api/v1/sessions/:id") { request, context in
            try await end(request, context)
        }
        router.post("/api/v1/me/password") { request, _ in try await changePassword(request) }
    }

    private struct Item: Encodable {
        var id: SessionID
        var createdAt: WallTime
        var usedAt: WallTime
        var expiresAt: WallTime
        var address: String
        var userAgent: String
        /// The one that asks.
        var current: Bool
    }

    private struct Items: Encodable {
        var items: [Item]
    }

    private func list(_ request: Request) async throws -> Response {
        let principal = try await services.person(request)
        let sessions = try await services.catalog.sessions(principal.tenant, principal.user)
        return JSONText.response(
            Items(
                items: sessions.map { session in
                    Item(
                        id: session.id,
                        createdAt: session.createdAt,
                        usedAt: session.rotatedAt,
                        expiresAt: session.expiresAt,
                        address: session.address,
                        userAgent: session.agent,
                        current: session.id == principal.session
                    )
                }
            )
        )
    }

    private func end(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.person(request)
        let id: SessionID = try context.identifier("id")
        let isEnded = try await services.catalog.endSession(
            principal.tenant,
            principal.user,
            id,
            .ended
        )
        guard isEnded else { throw Problem.missing }
        services.endedSessions.add([id], now: services.now())
        return Response(status: .noContent)
    }

    /// Whoever guesses waits as at a login.
    private func changePassword(_ request: Request) async throws -> Response {
        let principal = try await services.person(request)
        let example = #"{"current_password":"…","new_password":"a long sentence"}"#
        var body = try BodyReader(body: await request.jsonBytes(), example: example)
        let current = body.requiredText("current_password", limit: 256, example: "…")
        let new = body.requiredText("new_password", limit: 1_024, example: "a long sentence")
        body.reportUnknown(known: "current_password, new_password")
        try body.finish()
        guard
            let (user, tenant) = try await services.catalog.userAndTenant(
                principal.tenant,
                principal.user
            ),
            user.disabledAt == nil,
            let known = try await services.catalog.passwordHash(principal.tenant, principal.user)
        else { throw Problem.unauthorized }
        let words = [user.email, tenant.name, current]
        if let problem = PasswordRule.problem(new, knowing: words) {
            let text = new == current ? "is the one that it should replace" : problem
            throw Problem.invalid("new_password", text, example: "a long sentence")
        }
        let account = services.confirmationKey(principal, .password)
        let now = services.now()
        if let wait = services.confirmations.begin(account, now: now) {
            throw Problem(
                .tooManyRequests,
                "Too many attempts to change this password; wait \(wait) s.",
                headers: [.retryAfter: String(wait)]
            )
        }
        let answer = await services.passwords.isRight(
            current,
            encoded: known,
            of: principal.tenant
        )
        guard let isRight = answer else {
            services.confirmations.unchecked(account, began: now)
            throw Problem.unavailable("Too many logins at once; try again in a second.")
        }
        guard isRight else {
            throw Problem.invalid("current_password", "is wrong", example: "…")
        }
        services.confirmations.succeeded(account)
        guard let hash = await services.passwords.hash(new, of: principal.tenant) else {
            throw Problem.unavailable("Too many logins at once; try again in a second.")
        }
        let ended = try await services.catalog.changePassword(
            principal.tenant,
            principal.user,
            from: known,
            to: hash,
            keeping: principal.session
        )
        guard let ended else { throw Problem.unauthorized }
        services.endedSessions.add(ended, now: services.now())
        return Response(status: .noContent)
    }
}
