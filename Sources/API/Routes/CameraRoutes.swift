internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity

/// Cameras: list, add, look at, remove, health.
struct CameraRoutes {
    /// Cameras of a page unless asked otherwise.
    static let defaultLimit = 100
    /// How far back the gaps in a camera's health go, microseconds.
    static let healthSpan: Int64 = 86_400_000_000
    /// Gaps in a camera's health, the newest.
    static let healthGapLimit = 100

    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/cameras") { request, _ in try await list(request) }
        router.post("/api/v1/cameras") { request, _ in try await create(request) }
        router.get("/api/v1/cameras/:id") { request, context in
            try await show(request, context)
        }
        router.delete("/api/v1/cameras/:id") { request, context in
            try await remove(request, context)
        }
        router.get("/api/v1/cameras/:id/health") { request, context in
            try await health(request, context)
        }
    }

    private struct Page: Encodable {
        var items: [CameraBody]
        var next: String?
    }

    private func list(_ request: Request) async throws -> Response {
        let (principal, reach) = try await services.reach(request, needs: .camerasRead)
        let query = try request.query()
        let limit = try query.integer(
            "limit",
            1...CameraPage.limit,
            default: Self.defaultLimit
        )
        let cursor = try query["cursor"].map { text throws(Problem) in try Cursor.parse(text) }
        let page = try await services.catalog.cameras(
            principal.tenant,
            after: cursor,
            limit: limit,
            within: reach.isEverywhere ? nil : (reach.sites, reach.cameras)
        )
        let all = try await services.catalog.streamReports(principal.tenant)
        let reports = Dictionary(
            all.filter { $0.status.stream == .main }.map { ($0.status.camera, $0) },
            uniquingKeysWith: { $0.reportedAt > $1.reportedAt ? $0 : $1 }
        )
        let now = services.now()
        return JSONText.response(
            Page(
                items: page.cameras.map { CameraBody($0, report: reports[$0.id], now: now) },
                next: page.next.map { Cursor.text($0) }
            )
        )
    }

    private func create(_ request: Request) async throws -> Response {
        let (principal, reach) = try await services.reach(request, needs: .camerasWrite)
        let wanted = try CameraRequest(
            body: await request.jsonBytes(),
            networks: services.cameraNetworks
        )
        // A site that is out of reach is as one that does not exist.
        guard reach.contains(wanted.site) else {
            throw wanted.site == nil
                ? Problem(.forbidden, "You add cameras at your sites only: name one as site_id.")
                : CameraCreation.noSuchSite
        }
        let id = try CameraCreation.id(request.headers, principal, services.keys)
        let creation = CameraCreation(services: services, tenant: principal.tenant)
        let camera = try await creation.run(wanted, id: id)
        await services.fleet.reconsider()
        let report = try await services.catalog.streamReport(principal.tenant, camera.id, .main)
        return JSONText.response(
            CameraBody(camera, report: report, now: services.now()),
            status: .created,
            headers: [.location: "/api/v1/cameras/\(camera.id)", .eTag: Self.tag(camera.version)]
        )
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(
            request,
            needs: .camerasRead,
            at: try context.identifier("id")
        )
        let camera = try await camera(context, principal)
        let report = try await services.catalog.streamReport(principal.tenant, camera.id, .main)
        return JSONText.response(
            CameraBody(camera, report: report, now: services.now()),
            headers: [.eTag: Self.tag(camera.version)]
        )
    }

    private func remove(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(
            request,
            needs: .camerasWrite,
            at: try context.identifier("id")
        )
        let camera = try await camera(context, principal)
        let catalog = try services.catalog(request) { isMet in
            .camera(camera.id) { isMet(Self.tag($0)) }
        }
        guard try await catalog.removeCamera(principal.tenant, camera.id) else {
            throw Problem.missing
        }
        services.workers.forget()
        services.liveMemory.cameras.forget(
            LiveMemory.CameraKey(tenant: principal.tenant, camera: camera.id)
        )
        await services.fleet.reconsider()
        return Response(status: .noContent)
    }

    private struct Health: Encodable {
        var state: CameraState
        var since: WallTime?
        var reasons: [String]
        var frameRate: Double?
        var bitRate: Int?
        var lastKeyframeAt: WallTime?
        var reconnects: Int
        var packetsLost: Int
        var backlogBytes: Int
        var oldestUnshippedAt: WallTime?
        var spoolFullAt: WallTime?
        var spoolFilling: Bool
        var gaps: [Gap]
    }

    private func health(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(
            request,
            needs: .camerasRead,
            at: try context.identifier("id")
        )
        let stream = try request.query().choice("stream", default: StreamRole.main)
        let camera = try await camera(context, principal)
        let now = services.now()
        let report = try await services.catalog.streamReport(principal.tenant, camera.id, stream)
        let gaps = try await services.catalog.gaps(
            principal.tenant,
            camera.id,
            stream,
            from: WallTime(microseconds: now.microseconds - Self.healthSpan),
            to: now
        )
        let condition = StreamCondition(report: report, now: now)
        let isFresh = condition.state != .unassigned
        let statistics = isFresh ? report?.statistics : nil
        return JSONText.response(
            Health(
                state: condition.state,
                since: condition.since,
                reasons: condition.reasons,
                frameRate: statistics?.frameRate,
                bitRate: statistics?.bitRate,
                lastKeyframeAt: report?.statistics?.lastKeyframeAt,
                reconnects: report?.statistics?.reconnects ?? 0,
                packetsLost: report?.statistics?.packetsLost ?? 0,
                backlogBytes: report?.backlogBytes ?? 0,
                oldestUnshippedAt: report?.backlog.oldestUnshippedAt,
                spoolFullAt: isFresh ? report?.backlog.fullAt : nil,
                spoolFilling: report?.backlog.isFilling ?? false,
                gaps: Array(gaps.suffix(Self.healthGapLimit))
            )
        )
    }

    private func camera(_ context: APIContext, _ principal: Principal) async throws -> Camera {
        let id: CameraID = try context.identifier("id")
        guard let camera = try await services.catalog.camera(principal.tenant, id) else {
            throw Problem.missing
        }
        return camera
    }

    private static func tag(_ version: Int64) -> String {
        "\"\(version)\""
    }
}
