internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity

/// A person's own keys for programs: list, make, revoke.
struct APIKeyRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/api-keys") { request, _ in try await list(request) }
        router.post("/api/v1/api-keys") { request, _ in try await create(request) }
        router.delete("/api/v1/api-keys/:id") { request, context in
            try await revoke(request, context)
        }
    }

    private struct Body: Encodable {
        var id: APIKeyID
        var name: String
        var permissions: [String]
        var createdAt: WallTime
        var expiresAt: WallTime
        var lastUsedAt: WallTime?
        /// Only in the answer that made it.
        var key: String?

        init(_ key: APIKey, text: String? = nil) {
            id = key.id
            name = key.name
            permissions = key.permissions
            createdAt = key.createdAt
            expiresAt = key.expiresAt
            lastUsedAt = key.lastUsedAt
            self.key = text
        }
    }

    private struct List: Encodable {
        var items: [Body]
    }

    private func list(_ request: Request) async throws -> Response {
        let person = try await services.person(request)
        let keys = try await services.catalog.apiKeys(person.tenant, person.user)
        return JSONText.response(List(items: keys.map { Body($0) }))
    }

    private func create(_ request: Request) async throws -> Response {
        let person = try await services.person(request)
        let body = try await request.jsonBytes()
        let wanted = try APIKeyRequest(body: body)
        let granted = try await services.catalog.grants(person.tenant, person.user)
        let missing = wanted.permissions.subtracting(person.permissions)
            .subtracting(granted.flatMap { APIServices.permissions(of: $0) })
        guard missing.isEmpty else {
            throw Problem(
                .forbidden,
                "A key has no more than its person: you lack "
                    + missing.map(\.rawValue).sorted().joined(separator: ", ") + "."
            )
        }
        let token = APIKeyToken(tenant: person.tenant, key: APIKeyID())
        let creation = try Creation(services, request, person, body: body)
        return try await creation.run { (key: APIKey?) in
            guard let key else { throw Problem.unauthorized }
            return KeptAnswer(
                Body(key, text: token.text),
                location: "/api/v1/api-keys/\(key.id)"
            )
        } _: { catalog in
            do throws(CatalogError) {
                return try await catalog.createAPIKey(
                    person.tenant,
                    person.user,
                    id: token.key,
                    name: wanted.name,
                    permissions: wanted.permissions.map(\.rawValue).sorted(),
                    secretHash: token.hash,
                    lifetime: Int64(wanted.days) * 86_400,
                    in: person.session
                )
            } catch {
                guard error.code == .conflict else { throw error }
                throw Problem(
                    .notPossible,
                    "A person has at most \(APIKey.limit) keys; revoke one first."
                )
            }
        }
    }

    private func revoke(_ request: Request, _ context: APIContext) async throws -> Response {
        let person = try await services.person(request)
        let id: APIKeyID = try context.identifier("id")
        guard try await services.catalog.revokeAPIKey(person.tenant, person.user, id) else {
            throw Problem.missing
        }
        // The playlists' URLs that it made.
        services.endedSessions.add([SessionID(id.uuid)], now: services.now())
        return Response(status: .noContent)
    }
}
