internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity

/// The people of an organisation: list, invite, change, remove.
struct UserRoutes {
    /// People of a page unless asked otherwise.
    static let defaultLimit = 100

    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/users") { request, _ in try await list(request) }
        router.post("/api/v1/users") { request, _ in try await invite(request) }
        router.get("/api/v1/users/:id") { request, context in try await show(request, context) }
        router.patch("/api/v1/users/:id") { request, context in
            try await change(request, context)
        }
        router.delete("/api/v1/users/:id") { request, context in
            try await remove(request, context)
        }
        router.delete("/api/v1/users/:id/second-factor") { request, context in
            try await resetFactor(request, context)
        }
        router.post("/api/v1/users/:id/invitation") { request, context in
            try await renew(request, context)
        }
    }

    private struct Page: Encodable {
        var items: [UserBody]
        var next: String?
    }

    private struct Invited: Encodable {
        var user: UserBody
        var invitationPath: String
    }

    private func list(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .usersManage)
        let query = try request.query()
        let limit = try query.integer("limit", 1...UserPage.limit, default: Self.defaultLimit)
        let cursor = try query["cursor"].map { text throws(Problem) in
            try Cursor.parsePage(text)
        }
        try await services.notePeople(principal)
        let page = try await services.catalog.users(principal.tenant, after: cursor, limit: limit)
        return JSONText.response(
            Page(items: page.users.map { UserBody($0) }, next: page.next.map { Cursor.text($0) })
        )
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .usersManage)
        let id: UserID = try context.identifier("id")
        guard let user = try await services.catalog.listedUser(principal.tenant, id) else {
            throw Problem.missing
        }
        try await services.notePeople(principal, id)
        return try services.tagged(request, UserBody(user))
    }

    private func invite(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .usersManage)
        let body = try await request.jsonBytes()
        let wanted = try InvitationRequest(body: body)
        let id = UserID()
        try Self.check(
            UserChangeRefusal.decide(
                principal,
                changes: id,
                from: wanted.role.role,
                holding: [],
                to: wanted.role.role,
                takesAway: false,
                otherOwners: 1
            )
        )
        try await services.checkMayGive(wanted.role, principal)
        let token = InvitationToken(tenant: principal.tenant, user: id)
        let creation = try Creation(services, request, principal, body: body)
        return try await creation.run { (user: ListedUser) in
            KeptAnswer(
                Invited(user: UserBody(user), invitationPath: token.path),
                location: "/api/v1/users/\(id)",
                tag: services.tag(UserBody(user))
            )
        } _: { catalog in
            do throws(CatalogError) {
                return try await catalog.inviteUser(
                    principal.tenant,
                    id: id,
                    email: wanted.email,
                    role: wanted.role.text,
                    tokenHash: token.hash,
                    by: principal.acting
                )
            } catch {
                guard error.code == .conflict else { throw Self.problem(error) }
                throw Problem(
                    .conflict,
                    error.constraint == "users_email"
                        ? "The organisation has somebody with this e-mail address."
                        : "The organisation has as many people as it may have."
                )
            }
        }
    }

    private func renew(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .usersManage)
        let id: UserID = try context.identifier("id")
        let token = InvitationToken(tenant: principal.tenant, user: id)
        let creation = try Creation(services, request, principal)
        return try await creation.run { (outcome: Outcome) in
            let user = try changed(outcome)
            return KeptAnswer(
                Invited(user: UserBody(user), invitationPath: token.path),
                status: .ok
            )
        } _: { catalog in
            try await self.outcome {
                () async throws(CatalogError) in
                try await catalog.renewInvitation(
                    principal.tenant,
                    id,
                    tokenHash: token.hash,
                    by: principal.acting
                ) { user, grants in
                    UserChangeRefusal.decide(
                        principal,
                        changes: id,
                        from: Role.named(user.role),
                        holding: APIServices.held(user, grants),
                        to: nil,
                        takesAway: false,
                        otherOwners: 1
                    )
                }
            }
        }
    }

    private func change(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .usersManage)
        let id: UserID = try context.identifier("id")
        let wanted = try UserChangeRequest(body: await request.jsonBytes())
        if let role = wanted.role { try await services.checkMayGive(role, principal) }
        let user = try await make(
            UserChange(role: wanted.role?.text, isDisabled: wanted.isDisabled),
            of: id,
            role: wanted.role?.role,
            principal,
            try conditional(request, id)
        )
        return services.changed(UserBody(user))
    }

    private func remove(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .usersManage)
        let id: UserID = try context.identifier("id")
        let catalog = try conditional(request, id)
        _ = try await make(UserChange(isRemoved: true), of: id, role: nil, principal, catalog)
        return Response(status: .noContent)
    }

    private func conditional(_ request: Request, _ id: UserID) throws -> Catalog {
        try services.catalog(request) { isMet in .user(id) { isMet(services.tag(UserBody($0))) } }
    }

    /// For who lost it: the next login needs none, or may only enrol a new one. By a login: a key that
    /// somebody found takes no factor away.
    private func resetFactor(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.person(request, needs: .usersManage)
        let id: UserID = try context.identifier("id")
        let catalog = try conditional(request, id)
        _ = try await make(UserChange(resetsFactor: true), of: id, role: nil, principal, catalog)
        return Response(status: .noContent)
    }

    private func make(
        _ change: UserChange,
        of id: UserID,
        role: Role?,
        _ principal: Principal,
        _ catalog: Catalog
    ) async throws -> ListedUser {
        let outcome = try await outcome {
            () async throws(CatalogError) in
            try await catalog.changeUser(
                principal.tenant,
                id,
                change,
                by: principal.acting,
                decisive: Role.owner.rawValue
            ) { user, grants, otherOwners in
                UserChangeRefusal.decide(
                    principal,
                    changes: id,
                    from: Role.named(user.role),
                    holding: APIServices.held(user, grants),
                    to: role,
                    takesAway: change.isRemoved || change.isDisabled == true,
                    otherOwners: otherOwners
                )
            }
        }
        return try changed(outcome)
    }

    private typealias Outcome = UserChangeOutcome<UserChangeRefusal>

    private func outcome(
        _ body: () async throws(CatalogError) -> Outcome
    ) async throws -> Outcome {
        do throws(CatalogError) { return try await body() } catch { throw Self.problem(error) }
    }

    /// A token whose person is not any more what it says is none.
    private static func problem(_ error: CatalogError) -> any Error {
        error.code == .forbidden ? Problem.unauthorized : error
    }

    private func changed(
        _ outcome: Outcome
    ) throws(Problem) -> ListedUser {
        switch outcome {
        case .missing: throw Problem.missing
        case .refused(let refusal):
            try Self.check(refusal)
            throw Problem.missing
        case .changed(let user, let ended):
            services.endedSessions.add(ended, now: services.now())
            return user
        }
    }

    private static func check(_ refusal: UserChangeRefusal?) throws(Problem) {
        switch refusal {
        case nil: return
        case .oneself:
            throw Problem(
                .notPossible,
                "Nobody changes oneself here: ask another owner or administrator."
            )
        case .needsOwner: throw Problem(.forbidden, "Only an owner makes or changes owners.")
        case .needsMore:
            throw Problem(.forbidden, "Nobody changes who may do more than oneself.")
        case .lastOwner:
            throw Problem(.notPossible, "It is the last owner who can log in; make another first.")
        }
    }
}
