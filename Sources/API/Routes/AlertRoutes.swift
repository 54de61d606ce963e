internal import Alerting
internal import Catalog
internal import Domain
internal import Hummingbird
internal import Identity

/// Alerts: list, look at, acknowledge, resolve; and the events behind them.
struct AlertRoutes {
    /// Rows of a page unless asked otherwise.
    static let defaultLimit = 100

    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/alerts") { request, _ in try await list(request) }
        router.get("/api/v1/alerts/:id") { request, context in
            try await show(request, context)
        }
        router.post("/api/v1/alerts/:id/acknowledge") { request, context in
            try await change(request, context, .alertAcknowledged)
        }
        router.post("/api/v1/alerts/:id/resolve") { request, context in
            try await change(request, context, .alertResolved)
        }
        router.get("/api/v1/events") { request, _ in try await events(request) }
    }

    private struct Page: Encodable {
        var items: [AlertBody]
        var next: String?
    }

    private struct Events: Encodable {
        var items: [EventBody]
        var next: String
    }

    /// Which alerts a list has.
    private enum Filter: String, CaseIterable {
        case unresolved
        case open
        case acknowledged
        case resolved
        case all

        var states: [AlertState] {
            switch self {
            case .unresolved: [.open, .acknowledged]
            case .open: [.open]
            case .acknowledged: [.acknowledged]
            case .resolved: [.resolved]
            case .all: AlertState.allCases
            }
        }
    }

    private func list(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .alertsRead)
        let query = try request.query()
        let limit = try query.integer("limit", 1...AlertPage.limit, default: Self.defaultLimit)
        let filter = try query.choice("state", default: Filter.all)
        let cursor = try query["cursor"].map { text throws(Problem) in
            try Cursor.parsePage(text)
        }
        let page = try await services.catalog.alerts(
            principal.tenant,
            states: filter.states,
            after: cursor,
            limit: limit
        )
        return JSONText.response(
            Page(items: page.alerts.map { AlertBody($0) }, next: page.next.map { Cursor.text($0) })
        )
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .alertsRead)
        let id: AlertID = try context.identifier("id")
        guard let alert = try await services.catalog.alert(principal.tenant, id) else {
            throw Problem.missing
        }
        return try services.tagged(request, AlertBody(alert))
    }

    /// Done again it changes nothing and answers the same.
    private func change(
        _ request: Request,
        _ context: APIContext,
        _ kind: EventKind
    ) async throws -> Response {
        let principal = try await services.principal(request, needs: .alertsWrite)
        let id: AlertID = try context.identifier("id")
        let catalog = try services.catalog(request) { isMet in
            .alert(id) { isMet(services.tag(AlertBody($0))) }
        }
        let alert = try await catalog.updateAlert(principal.tenant, id) {
            alert,
            cameraName,
            now in
            let step =
                kind == .alertResolved
                ? AlertLife.resolve(alert, by: principal.user, at: now)
                : AlertLife.acknowledge(alert, by: principal.user, at: now)
            guard let step else { return nil }
            let event = AlertEvents.event(kind, step.alert, cameraName: cameraName, at: now)
            return (step.alert, event)
        }
        guard let alert else { throw Problem.missing }
        return services.changed(AlertBody(alert))
    }

    private func events(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .alertsRead)
        let query = try request.query()
        let limit = try query.integer("limit", 1...EventPage.limit, default: Self.defaultLimit)
        let after = try query["cursor"].map { text throws(Problem) in
            try Cursor.parseSequence(text)
        }
        let page = try await services.catalog.events(
            principal.tenant,
            after: after ?? 0,
            limit: limit
        )
        if page.events.contains(where: \.kind.isOfPerson) {
            try await services.note(.peopleRead, "event", nil, principal)
        }
        return JSONText.response(
            Events(
                items: page.events.map { EventBody($0) },
                next: Cursor.text(sequence: page.next)
            )
        )
    }
}
