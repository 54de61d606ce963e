internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity

/// Holds: footage that retention does not delete, whatever its age.
struct HoldRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/holds") { request, _ in try await list(request) }
        router.post("/api/v1/holds") { request, _ in try await create(request) }
        router.delete("/api/v1/holds/:id") { request, context in
            try await release(request, context)
        }
    }

    private struct List: Encodable {
        var items: [HoldBody]
    }

    private func list(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .retentionManage)
        let holds = try await services.catalog.holds(principal.tenant)
        return JSONText.response(List(items: holds.map { HoldBody($0) }))
    }

    private func create(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .retentionManage)
        let body = try await request.jsonBytes()
        let wanted = try HoldRequest(body: body)
        let creation = try Creation(services, request, principal, body: body)
        return try await creation.run { (hold: Hold) in
            KeptAnswer(HoldBody(hold))
        } _: { catalog in
            do throws(CatalogError) {
                return try await catalog.createHold(
                    principal.tenant,
                    NewHold(
                        camera: wanted.camera,
                        from: wanted.from,
                        to: wanted.to,
                        reason: wanted.reason,
                        createdBy: principal.user
                    )
                )
            } catch { throw Self.problem(error) }
        }
    }

    private static func problem(_ error: CatalogError) -> any Error {
        switch error.code {
        case .conflict:
            Problem(
                .invalidRequest,
                "An organisation has at most \(Hold.limit) holds; release one first."
            )
        case .notFound:
            Problem.invalid("camera_id", "there is no such camera", example: "(a camera's id)")
        default: error
        }
    }

    private func release(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .retentionManage)
        let id: HoldID = try context.identifier("id")
        guard
            try await services.catalog.releaseHold(principal.tenant, id, by: principal.user)
        else { throw Problem.missing }
        return Response(status: .noContent)
    }
}
