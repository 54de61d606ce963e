internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity

/// How long footage is kept, and what the next run of retention deletes, now or after a change.
struct RetentionRoutes {
    /// Cameras of one answer; the sums are of all.
    private static let cameraLimit = 1_000

    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/retention") { request, _ in try await show(request) }
        router.put("/api/v1/retention") { request, _ in try await change(request) }
    }

    private struct Share: Encodable {
        var cameraId: CameraID
        var retentionDays: Int
        var chunks: Int
        var bytes: Int
        var oldest: WallTime?
        var newest: WallTime?
        var heldChunks: Int
    }

    private struct Body: Encodable {
        var retentionDays: Int
        var minimumDays: Int
        var chunks: Int
        var bytes: Int
        var heldChunks: Int
        var cameras: [Share]
    }

    private func show(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .retentionManage)
        let wanted = try RetentionRequest(try request.query())
        return JSONText.response(try await body(principal, wanted))
    }

    private func change(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .retentionManage)
        let wanted = try RetentionRequest(body: await request.jsonBytes())
        let change = RetentionChange(
            tenant: principal.tenant,
            scope: wanted.scope,
            days: wanted.days
        )
        guard try await services.catalog.setRetention(change) else { throw Problem.missing }
        return JSONText.response(try await body(principal, nil))
    }

    /// What the next run deletes, with a change as if it were made.
    private func body(
        _ principal: Principal,
        _ wanted: RetentionRequest?
    ) async throws -> Body {
        guard let rule = try await services.catalog.retentionRule(principal.tenant) else {
            throw Problem.missing
        }
        let plan = try await services.catalog.retentionPlan(
            change: RetentionChange(
                tenant: principal.tenant,
                scope: wanted?.scope ?? .tenant,
                days: wanted == nil ? rule.days : wanted?.days
            )
        )
        return Body(
            retentionDays: rule.days,
            minimumDays: rule.minimumDays,
            chunks: plan.reduce(0) { $0 + $1.chunks },
            bytes: plan.reduce(0) { $0 + $1.bytes },
            heldChunks: plan.reduce(0) { $0 + $1.heldChunks },
            cameras: plan.prefix(Self.cameraLimit).map { share in
                Share(
                    cameraId: share.camera,
                    retentionDays: share.days,
                    chunks: share.chunks,
                    bytes: share.bytes,
                    oldest: share.oldest,
                    newest: share.newest,
                    heldChunks: share.heldChunks
                )
            }
        )
    }
}
