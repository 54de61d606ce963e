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
        var storedBytes: Int
        var quotaBytes: Int?
        /// Absent: there was too much to be counted in time.
        var chunks: Int?
        var bytes: Int?
        var heldChunks: Int?
        var cameras: [Share]?
    }

    private func show(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .retentionManage)
        let wanted = try RetentionRequest(try request.query())
        var (body, days) = try await rule(principal.tenant, wanted?.scope ?? .tenant)
        let change = RetentionChange(
            tenant: principal.tenant,
            scope: wanted?.scope ?? .tenant,
            days: wanted == nil ? days : wanted?.days
        )
        add(try await services.retentionCounting.plan(services.catalog, change), to: &body)
        return JSONText.response(
            body,
            headers: try await tag(principal.tenant, wanted?.scope ?? .tenant)
        )
    }

    /// What is changed is a scope's own rule: the sums beside it change with every chunk.
    private struct Rule: Encodable {
        var scope: String
        var days: Int?

        init(_ scope: RetentionChange.Scope, _ days: Int?) {
            self.scope = "\(scope)"
            self.days = days
        }
    }

    private func tag(
        _ tenant: TenantID,
        _ scope: RetentionChange.Scope
    ) async throws -> HTTPFields {
        let rule = try await services.catalog.ownRetention(tenant, scope)
        return rule.map { [.eTag: services.tag(Rule(scope, $0.days))] } ?? [:]
    }

    private func change(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .retentionManage)
        let wanted = try RetentionRequest(body: await request.jsonBytes())
        let change = RetentionChange(
            tenant: principal.tenant,
            scope: wanted.scope,
            days: wanted.days
        )
        let catalog = try services.catalog(request) { isMet in
            .retention(wanted.scope) { isMet(services.tag(Rule(wanted.scope, $0))) }
        }
        guard try await catalog.setRetention(change) else { throw Problem.missing }
        // As it was set, whatever was set since.
        let tag = services.tag(Rule(wanted.scope, wanted.days))
        var (body, days) = try await rule(principal.tenant, .tenant)
        // It is changed whatever can be said of its consequence.
        do {
            let present = RetentionChange(tenant: principal.tenant, scope: .tenant, days: days)
            add(try await services.retentionCounting.plan(services.catalog, present), to: &body)
        } catch let error as CatalogError where error.isRetryable {}
        return JSONText.response(body, headers: [.eTag: tag])
    }

    /// An organisation's rule, and its days; `missing` unless it has that site or camera.
    private func rule(
        _ tenant: TenantID,
        _ scope: RetentionChange.Scope
    ) async throws -> (Body, days: Int) {
        guard let rule = try await services.catalog.retentionRule(tenant, scope),
            let use = try await services.catalog.storeUse(tenant)
        else { throw Problem.missing }
        return (
            Body(
                retentionDays: rule.days,
                minimumDays: rule.minimumDays,
                storedBytes: use.storedBytes,
                quotaBytes: use.quotaBytes
            ),
            rule.days
        )
    }

    private func add(_ plan: [RetentionShare]?, to body: inout Body) {
        guard let plan else { return }
        body.chunks = plan.reduce(0) { $0 + $1.chunks }
        body.bytes = plan.reduce(0) { $0 + $1.bytes }
        body.heldChunks = plan.reduce(0) { $0 + $1.heldChunks }
        body.cameras = plan.prefix(Self.cameraLimit).map { share in
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
    }
}
