internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity

/// Places with doors and cameras.
struct SiteRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/sites") { request, _ in try await list(request) }
        router.post("/api/v1/sites") { request, _ in try await create(request) }
        router.get("/api/v1/sites/:id") { request, context in try await show(request, context) }
        router.patch("/api/v1/sites/:id") { request, context in
            try await change(request, context)
        }
        router.delete("/api/v1/sites/:id") { request, context in
            try await remove(request, context)
        }
    }

    private struct Body: Encodable {
        var id: SiteID
        var name: String
        var timeZone: String
        var createdAt: WallTime

        init(_ site: Site) {
            id = site.id
            name = site.name
            timeZone = site.timeZone
            createdAt = site.createdAt
        }
    }

    private struct List: Encodable {
        var items: [Body]
    }

    private func list(_ request: Request) async throws -> Response {
        let (principal, reach) = try await services.reach(request, needs: .camerasRead)
        let sites = try await services.catalog.sites(principal.tenant).filter {
            reach.contains($0.id)
        }
        return JSONText.response(List(items: sites.map { Body($0) }))
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let (principal, reach) = try await services.reach(request, needs: .camerasRead)
        let id: SiteID = try context.identifier("id")
        guard reach.contains(id), let site = try await services.catalog.site(principal.tenant, id)
        else {
            throw Problem.missing
        }
        return try services.tagged(request, Body(site))
    }

    private func create(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .sitesManage)
        let body = try await request.jsonBytes()
        let wanted = try SiteRequest(body: body, isNew: true)
        let creation = try Creation(services, request, principal, body: body)
        return try await creation.run { (site: Site) in
            KeptAnswer(
                Body(site),
                location: "/api/v1/sites/\(site.id)",
                tag: services.tag(Body(site))
            )
        } _: { catalog in
            do throws(CatalogError) {
                return try await catalog.createSite(
                    principal.tenant,
                    name: wanted.name ?? "",
                    timeZone: wanted.timeZone ?? "UTC"
                )
            } catch { throw Self.problem(error) }
        }
    }

    private func change(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .sitesManage)
        let id: SiteID = try context.identifier("id")
        let wanted = try SiteRequest(body: await request.jsonBytes(), isNew: false)
        let catalog = try conditional(request, id)
        let site: Site?
        do throws(CatalogError) {
            site = try await catalog.changeSite(
                principal.tenant,
                id,
                name: wanted.name,
                timeZone: wanted.timeZone
            )
        } catch { throw Self.problem(error) }
        guard let site else { throw Problem.missing }
        return services.changed(Body(site))
    }

    private func remove(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .sitesManage)
        let id: SiteID = try context.identifier("id")
        let catalog = try conditional(request, id)
        do throws(CatalogError) {
            guard try await catalog.removeSite(principal.tenant, id) else {
                throw CatalogError(.notFound, "there is no such site")
            }
        } catch {
            // Removed cameras belong to it too, for as long as their footage is kept.
            guard error.code == .notFound, error.constraint != nil else {
                throw error.code == .notFound ? Problem.missing : error
            }
            throw Problem(
                .notPossible,
                "Cameras belong to this site, or removed ones whose footage is still kept."
            )
        }
        return Response(status: .noContent)
    }

    private func conditional(_ request: Request, _ id: SiteID) throws -> Catalog {
        try services.catalog(request) { isMet in .site(id) { isMet(services.tag(Body($0))) } }
    }

    private static func problem(_ error: CatalogError) -> any Error {
        switch error.code {
        case .conflict:
            Problem(
                .conflict,
                error.constraint == "sites_name"
                    ? "The organisation has a site of this name."
                    : "An organisation has at most \(Catalog.siteLimit) sites."
            )
        case .invalid where error.constraint != nil:
            Problem.invalid("name", "is longer than 200 characters", example: "Head office")
        case .invalid:
            Problem.invalid(
                "time_zone",
                "is not a name of the IANA time zone database",
                example: SiteRequest.zoneExample
            )
        default: error
        }
    }
}
