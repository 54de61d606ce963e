internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity

/// Roles: the built-in ones, and the organisation's own.
struct RoleRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/roles") { request, _ in try await list(request) }
        router.post("/api/v1/roles") { request, _ in try await create(request) }
        router.get("/api/v1/roles/:id") { request, context in try await show(request, context) }
        router.patch("/api/v1/roles/:id") { request, context in
            try await change(request, context)
        }
        router.delete("/api/v1/roles/:id") { request, context in
            try await remove(request, context)
        }
    }

    private struct Body: Encodable {
        /// What `role` of a person or grant is: a word, or an id.
        var role: String
        var name: String
        var permissions: [String]
        var builtIn: Bool
        var createdAt: WallTime?

        init(_ role: Role) {
            self.role = role.rawValue
            name = role.rawValue
            permissions = role.permissions.map(\.rawValue).sorted()
            builtIn = true
        }

        init(_ own: OwnRole) {
            role = own.id.description
            name = own.name
            permissions = own.permissions.sorted()
            builtIn = false
            createdAt = own.createdAt
        }
    }

    private struct List: Encodable {
        var items: [Body]
    }

    private func list(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .usersManage)
        let own = try await services.catalog.roles(principal.tenant)
        return JSONText.response(
            List(items: Role.builtIn.map { Body($0) } + own.map { Body($0) })
        )
    }

    /// One of the organisation's own.
    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .usersManage)
        let id: RoleID = try context.identifier("id")
        guard let role = try await services.catalog.role(principal.tenant, id) else {
            throw Problem.missing
        }
        return try services.tagged(request, Body(role))
    }

    private func create(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .usersManage)
        let body = try await request.jsonBytes()
        let wanted = try RoleRequest(body: body, isNew: true)
        let permissions = wanted.permissions ?? []
        try APIServices.checkMayGive(permissions, principal)
        let creation = try Creation(services, request, principal, body: body)
        return try await creation.run { (role: OwnRole) in
            KeptAnswer(
                Body(role),
                location: "/api/v1/roles/\(role.id)",
                tag: services.tag(Body(role))
            )
        } _: { catalog in
            do throws(CatalogError) {
                return try await catalog.createRole(
                    principal.tenant,
                    name: wanted.name ?? "",
                    permissions: permissions.map(\.rawValue).sorted(),
                    by: principal.acting
                )
            } catch { throw Self.problem(error) }
        }
    }

    private func change(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .usersManage)
        let id: RoleID = try context.identifier("id")
        let wanted = try RoleRequest(body: await request.jsonBytes(), isNew: false)
        if let permissions = wanted.permissions {
            try APIServices.checkMayGive(permissions, principal)
        }
        let catalog = try conditional(request, id)
        let outcome: RoleChangeOutcome<Set<Permission>>
        do throws(CatalogError) {
            outcome = try await catalog.changeRole(
                principal.tenant,
                id,
                name: wanted.name,
                permissions: wanted.permissions.map { $0.map(\.rawValue).sorted() },
                by: principal.acting
            ) { found in
                // Nor does anybody take what one does not have.
                let missing = APIServices.permissions(found.permissions)
                    .subtracting(principal.permissions)
                return missing.isEmpty ? nil : missing
            }
        } catch { throw Self.problem(error) }
        switch outcome {
        case .missing: throw Problem.missing
        case .refused(let missing):
            try APIServices.checkMayGive(missing, principal)
            throw Problem.missing
        case .changed(let role, let ended):
            services.endedSessions.add(ended, now: services.now())
            return services.changed(Body(role))
        }
    }

    private func remove(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .usersManage)
        let id: RoleID = try context.identifier("id")
        let catalog = try conditional(request, id)
        do throws(CatalogError) {
            let isGone = try await catalog.removeRole(
                principal.tenant,
                id,
                by: principal.acting
            )
            guard isGone else { throw CatalogError(.notFound, "there is no such role") }
        } catch {
            guard error.code == .conflict else { throw Self.problem(error) }
            throw Problem(.notPossible, "Somebody has this role; give them another one first.")
        }
        return Response(status: .noContent)
    }

    private func conditional(_ request: Request, _ id: RoleID) throws -> Catalog {
        try services.catalog(request) { isMet in .role(id) { isMet(services.tag(Body($0))) } }
    }

    private static func problem(_ error: CatalogError) -> any Error {
        switch error.code {
        case .forbidden: Problem.unauthorized
        case .conflict:
            Problem(
                .conflict,
                error.constraint == "roles_name"
                    ? "The organisation has a role of this name."
                    : "An organisation has at most \(OwnRole.limit) roles of its own."
            )
        default: error
        }
    }
}
