internal import Catalog
internal import Domain
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Identity

/// A service provider's client organisations: add, change, suspend, close, delete, visit.
struct ClientRoutes {
    /// Clients of a page unless asked otherwise.
    static let defaultLimit = 100

    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/tenants") { request, _ in try await list(request) }
        router.post("/api/v1/tenants") { request, _ in try await create(request) }
        router.get("/api/v1/tenants/:id") { request, context in try await show(request, context) }
        router.patch("/api/v1/tenants/:id") { request, context in
            try await change(request, context)
        }
        router.delete("/api/v1/tenants/:id") { request, context in
            try await changeState(request, context, .delete)
        }
        for change in [TenantState.Change.suspend, .resume, .close] {
            router.post("/api/v1/tenants/:id/\(change.rawValue)") { request, context in
                try await changeState(request, context, change)
            }
        }
        router.post("/api/v1/tenants/:id/owner") { request, context in
            try await inviteOwner(request, context)
        }
        router.post("/api/v1/tenants/:id/visits") { request, context in
            try await visit(request, context)
        }
    }

    private struct Page: Encodable {
        var items: [ClientBody]
        var next: String?
    }

    private struct Created: Encodable {
        var tenant: ClientBody
        /// The page on which the first owner chooses a password.
        var invitationPath: String?
    }

    private struct Begun: Encodable {
        var visit: VisitBody
        var accessToken: String
        var tokenType = "Bearer"
        var expiresIn: Int64
    }

    /// Somebody of a provider.
    private func provider(_ request: Request) async throws -> Principal {
        let principal = try await services.principal(request, needs: .clientsManage)
        guard try await services.catalog.isProvider(principal.tenant) else {
            throw Problem(.forbidden, "This organisation is no service provider.")
        }
        return principal
    }

    private func list(_ request: Request) async throws -> Response {
        let principal = try await provider(request)
        let query = try request.query()
        let limit = try query.integer("limit", 1...Client.pageLimit, default: Self.defaultLimit)
        let cursor = try query["cursor"].map { text throws(Problem) in
            try Cursor.parsePage(text)
        }
        let page = try await services.catalog.clients(
            principal.tenant,
            after: cursor,
            limit: limit
        )
        return JSONText.response(
            Page(
                items: page.clients.map { ClientBody($0) },
                next: page.next.map { Cursor.text($0) }
            )
        )
    }

    private func create(_ request: Request) async throws -> Response {
        let principal = try await provider(request)
        let body = try await request.jsonBytes()
        let wanted = try ClientRequest(body: body, isNew: true)
        let id = TenantID()
        let owner = UserID()
        let token = InvitationToken(tenant: id, user: owner)
        let creation = try Creation(services, request, principal, body: body)
        return try await creation.run { (client: Client) in
            KeptAnswer(
                Created(
                    tenant: ClientBody(client),
                    invitationPath: wanted.owner == nil ? nil : token.path
                ),
                location: "/api/v1/tenants/\(id)",
                tag: services.tag(ClientBody(client))
            )
        } _: { catalog in
            do throws(CatalogError) {
                return try await catalog.createClient(
                    principal.tenant,
                    NewClient(
                        name: wanted.name ?? "",
                        domain: wanted.domain ?? "",
                        plan: wanted.plan,
                        limits: wanted.limits.ofNew
                    ),
                    id: id,
                    owner: wanted.owner.map { (owner, $0, Role.owner.rawValue, token.hash) },
                    by: principal.user
                )
            } catch { throw Self.problem(error) }
        }
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await provider(request)
        let id: TenantID = try context.identifier("id")
        guard let client = try await services.catalog.client(principal.tenant, id) else {
            throw Problem.missing
        }
        return try services.tagged(request, ClientBody(client))
    }

    private func change(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await provider(request)
        let id: TenantID = try context.identifier("id")
        let wanted = try ClientRequest(body: await request.jsonBytes(), isNew: false)
        let catalog = try conditional(request, id)
        let client: Client?
        do throws(CatalogError) {
            client = try await catalog.changeClient(
                principal.tenant,
                id,
                ClientChange(
                    name: wanted.name,
                    domain: wanted.domain,
                    plan: wanted.plan,
                    limits: wanted.limits
                )
            )
        } catch { throw Self.problem(error) }
        guard let client else { throw Problem.missing }
        return services.changed(ClientBody(client))
    }

    private func conditional(_ request: Request, _ id: TenantID) throws -> Catalog {
        try services.catalog(request) { isMet in
            .client(id) { isMet(services.tag(ClientBody($0))) }
        }
    }

    private struct InvitedOwner: Encodable {
        var invitationPath: String
    }

    private func inviteOwner(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await provider(request)
        let id: TenantID = try context.identifier("id")
        let bytes = try await request.jsonBytes()
        var body = try BodyReader(body: bytes, example: #"{"email":"you@client.com"}"#)
        let email = body.requiredText(
            "email",
            limit: EmailAddress.limit,
            example: "you@client.com"
        ).trimmed()
        if body.problems.isEmpty, !EmailAddress.isOne(email) {
            body.report("email", "is not an e-mail address", example: "you@client.com")
        }
        body.reportUnknown(known: "email")
        try body.finish()
        let owner = UserID()
        let token = InvitationToken(tenant: id, user: owner)
        let creation = try Creation(services, request, principal, body: bytes)
        return try await creation.run { (isInvited: Bool) in
            guard isInvited else { throw Problem.missing }
            return KeptAnswer(InvitedOwner(invitationPath: token.path), status: .ok)
        } _: { catalog in
            do throws(CatalogError) {
                let isInvited = try await catalog.inviteOwner(
                    principal.tenant,
                    id,
                    owner: (owner, email, Role.owner.rawValue, token.hash),
                    by: principal.user
                )
                // A transaction of its own: of two chains the client's always comes first.
                if isInvited {
                    try await services.catalog.note(
                        principal.tenant,
                        [AuditNote(.ownerInvited, "client", "\(id)")]
                    )
                }
                return isInvited
            } catch { throw Self.ownerProblem(error) }
        }
    }

    private static func ownerProblem(_ error: CatalogError) -> any Error {
        guard error.code == .conflict else { return problem(error) }
        let reason =
            switch error.constraint {
            case "users_email": "Somebody in the organisation has this address."
            case Catalog.userLimitConstraint: noPeople
            default: "The client has an owner, who invites others."
            }
        return Problem(.notPossible, reason)
    }

    private func changeState(
        _ request: Request,
        _ context: APIContext,
        _ change: TenantState.Change
    ) async throws -> Response {
        let principal = try await provider(request)
        let id: TenantID = try context.identifier("id")
        let reason =
            [.suspend, .close].contains(change)
            ? try ReasonRequest(body: await request.jsonBytes(), example: "Contract ended").reason
            : nil
        let catalog = try conditional(request, id)
        let found: (client: Client, ended: [SessionID])?
        do throws(CatalogError) {
            found = try await catalog.changeClientState(
                principal.tenant,
                id,
                change,
                reason: reason
            )
        } catch {
            switch error.code {
            case .invalid: throw Problem(.notPossible, "It is so already, or it is being deleted.")
            case .conflict:
                throw Problem(.notPossible, "Footage of it is held; release the holds first.")
            default: throw error
            }
        }
        guard let found else { throw Problem.missing }
        services.endedSessions.add(found.ended, now: services.now())
        await services.fleet.reconsider()
        return services.changed(ClientBody(found.client))
    }

    /// The token is of the client's organisation and good for the whole visit, without another one
    /// after it; it ends with the visit, whoever ends that.
    private func visit(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await provider(request)
        let id: TenantID = try context.identifier("id")
        let body = try await request.jsonBytes()
        let wanted = try VisitRequest(body: body)
        guard principal.scope == nil, principal.home == nil else {
            throw Problem(.forbidden, "A visit needs a person's own login.")
        }
        try APIServices.checkMayGive(
            wanted.role.permissions.subtracting(Permission.neverOnVisits),
            principal
        )
        // A visit belongs to the login that began it: another one of the person may not be able to.
        let creation = try Creation(
            services,
            request,
            principal,
            body: body + Array("\(principal.session)".utf8)
        )
        let session = SessionID()
        // Good as long as the visit, which is looked at each time; signed before, so that token and
        // visit are kept as one answer.
        let now = services.now().microseconds / 1_000_000
        let token = try await services.tokens.sign(
            TokenClaims(
                tenant: id,
                user: principal.user,
                role: wanted.role.rawValue,
                session: session,
                id: UUID().uuidString.lowercased(),
                issuedAt: now,
                expiresAt: now + Int64(wanted.minutes) * 60,
                home: principal.tenant
            )
        )
        return try await creation.run { (visit: Visit) in
            KeptAnswer(
                Begun(
                    visit: VisitBody(visit),
                    accessToken: token,
                    expiresIn: Int64(wanted.minutes) * 60
                )
            )
        } _: { catalog in
            do throws(CatalogError) {
                return try await catalog.beginVisit(
                    id,
                    by: principal.acting,
                    in: principal.session,
                    id: session,
                    role: wanted.role.rawValue,
                    reason: wanted.reason,
                    minutes: wanted.minutes,
                    address: services.clientAddress(request, context)?.description ?? "",
                    agent: request.headers[.userAgent] ?? ""
                )
            } catch {
                guard error.code == .forbidden else { throw error }
                throw Problem(
                    .notPossible,
                    "The client is not active, lets nobody of its provider in, or requires a second"
                        + " factor that your login did not show."
                )
            }
        }
    }

    private static let noPeople = "The client's limit of users leaves no place for an owner."

    private static func problem(_ error: CatalogError) -> any Error {
        if error.code == .invalid { return Problem(.notPossible, "It is being deleted.") }
        guard error.code == .conflict else { return error }
        if error.constraint == Catalog.userLimitConstraint {
            return Problem(.notPossible, Self.noPeople)
        }
        return Problem(
            .conflict,
            error.constraint == "tenants_domain"
                ? "An organisation has this domain." : "An organisation has this name."
        )
    }
}
