internal import Catalog
internal import Domain
internal import Hummingbird
internal import Identity

/// One's own organisation, and visits of its provider's people to it.
struct OrganisationRoutes {
    /// Visits of a page unless asked otherwise.
    static let defaultLimit = 100

    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/organisation") { request, _ in try await show(request) }
        router.patch("/api/v1/organisation") { request, _ in try await change(request) }
        router.get("/api/v1/visits") { request, _ in try await list(request) }
        router.delete("/api/v1/visits/:id") { request, context in
            try await end(request, context)
        }
    }

    private struct Body: Encodable {
        struct Used: Encodable {
            var cameras: Int
            var users: Int
        }
        var id: TenantID
        var name: String
        var domain: String?
        var plan: String?
        var limits: ClientBody.Limits
        var used: Used
        var provider: Bool
        var client: Bool
        var allowsVisits: Bool
        var createdAt: WallTime

        init(_ own: OwnOrganisation) {
            id = own.id
            name = own.name
            domain = own.domain
            plan = own.plan
            limits = ClientBody.Limits(own.limits)
            used = Used(cameras: own.cameras, users: own.users)
            provider = own.isProvider
            client = own.hasProvider
            allowsVisits = own.allowsVisits
            createdAt = own.createdAt
        }
    }

    private struct Page: Encodable {
        var items: [VisitBody]
        var next: String?
    }

    private func show(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .camerasRead)
        return try await body(principal)
    }

    private func body(_ principal: Principal) async throws -> Response {
        guard let own = try await services.catalog.organisation(principal.tenant) else {
            throw Problem.unauthorized
        }
        return JSONText.response(Body(own))
    }

    /// Only what the organisation itself decides; never a visitor.
    private func change(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .tenantManage)
        let example = #"{"allows_visits":false}"#
        var reader = try BodyReader(body: await request.jsonBytes(), example: example)
        let allows = reader.flag("allows_visits")
        if allows == nil, reader.problems.isEmpty {
            reader.report("allows_visits", "is missing", example: "false")
        }
        reader.reportUnknown(known: "allows_visits")
        try reader.finish()
        let ended = try await services.catalog.setAllowsVisits(principal.tenant, allows ?? true)
        services.endedSessions.add(ended, now: services.now())
        return try await body(principal)
    }

    private func list(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .auditRead)
        let query = try request.query()
        let limit = try query.integer("limit", 1...Visit.pageLimit, default: Self.defaultLimit)
        let cursor = try query["cursor"].map { text throws(Problem) in
            try Cursor.parsePage(text)
        }
        try await services.note(.peopleRead, "visit", nil, principal)
        let page = try await services.catalog.visits(principal.tenant, after: cursor, limit: limit)
        return JSONText.response(
            Page(
                items: page.visits.map { VisitBody($0) },
                next: page.next.map { Cursor.text($0) }
            )
        )
    }

    private func end(_ request: Request, _ context: APIContext) async throws -> Response {
        let id: SessionID = try context.identifier("id")
        // A visitor ends one's own.
        let visitor = try await services.principal(request, needs: nil)
        let isOwn = visitor.home != nil && visitor.session == id
        let principal =
            isOwn ? visitor : try await services.principal(request, needs: .usersManage)
        guard try await services.catalog.endVisit(principal.tenant, id) else {
            throw Problem.missing
        }
        services.endedSessions.add([id], now: services.now())
        return Response(status: .noContent)
    }
}
