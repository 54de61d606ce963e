internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity

/// The roles that a person has at single sites and cameras.
struct GrantRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/users/:id/grants") { request, context in
            try await list(request, context)
        }
        router.post("/api/v1/users/:id/grants") { request, context in
            try await create(request, context)
        }
        router.delete("/api/v1/users/:id/grants/:grant_id") { request, context in
            try await remove(request, context)
        }
    }

    private struct Body: Encodable {
        var id: GrantID
        var role: String
        var siteId: SiteID?
        var cameraId: CameraID?
        var createdAt: WallTime

        init(_ grant: RoleGrant) {
            id = grant.id
            role = grant.role
            switch grant.scope {
            case .site(let site): siteId = site
            case .camera(let camera): cameraId = camera
            }
            createdAt = grant.createdAt
        }
    }

    private struct List: Encodable {
        var items: [Body]
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .usersManage)
        let user: UserID = try context.identifier("id")
        guard try await services.catalog.listedUser(principal.tenant, user) != nil else {
            throw Problem.missing
        }
        try await services.notePeople(principal, user)
        let grants = try await services.catalog.grants(principal.tenant, user)
        return JSONText.response(List(items: grants.map { Body($0) }))
    }

    private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .usersManage)
        let user: UserID = try context.identifier("id")
        let body = try await request.jsonBytes()
        let wanted = try GrantRequest(body: body)
        guard try await services.catalog.listedUser(principal.tenant, user) != nil else {
            throw Problem.missing
        }
        guard user != principal.user else {
            throw Problem(
                .notPossible,
                "Nobody changes oneself here: ask another owner or administrator."
            )
        }
        try await services.checkMayGive(wanted.role, principal)
        let creation = try Creation(services, request, principal, body: body)
        return try await creation.run { (grant: RoleGrant) in
            KeptAnswer(Body(grant), location: "/api/v1/users/\(user)/grants/\(grant.id)")
        } _: { catalog in
            do throws(CatalogError) {
                return try await catalog.addGrant(
                    principal.tenant,
                    user,
                    role: wanted.role.text,
                    wanted.scope,
                    by: principal.acting
                )
            } catch { throw Self.problem(error, wanted.scope) }
        }
    }

    private func remove(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .usersManage)
        let user: UserID = try context.identifier("id")
        let grant: GrantID = try context.identifier("grant_id")
        let held = try await services.catalog.grants(principal.tenant, user)
        if let found = held.first(where: { $0.id == grant }) {
            try APIServices.checkMayGive(APIServices.permissions(of: found), principal)
        }
        let isGone: Bool
        do throws(CatalogError) {
            isGone = try await services.catalog.removeGrant(
                principal.tenant,
                user,
                grant,
                by: principal.acting
            )
        } catch {
            throw error.code == .forbidden ? Problem.unauthorized : error
        }
        guard isGone else { throw Problem.missing }
        services.liveMemory.grants.forget(
            LiveMemory.UserKey(tenant: principal.tenant, user: user)
        )
        return Response(status: .noContent)
    }

    private static func problem(_ error: CatalogError, _ scope: RoleGrant.Scope) -> any Error {
        switch error.code {
        case .forbidden: Problem.unauthorized
        case .conflict:
            Problem(
                .notPossible,
                error.constraint == "grants_once"
                    ? "The person has this role there."
                    : "A person has at most \(RoleGrant.limit) roles at sites and cameras."
            )
        case .notFound where error.constraint == "grants_site":
            Problem.invalid("site_id", "there is no such site", example: "another one")
        case .notFound where error.constraint == "grants_camera":
            Problem.invalid("camera_id", "there is no such camera", example: "another one")
        case .notFound where error.constraint == nil:
            Problem.invalid("role", "there is no such role", example: RoleName.example)
        default: error
        }
    }
}
