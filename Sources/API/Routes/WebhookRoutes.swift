internal import Alerting
internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity
internal import Keys

/// Webhooks: list, add, look at, change, remove, test, and the log of what was sent.
struct WebhookRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/webhooks") { request, _ in try await list(request) }
        router.post("/api/v1/webhooks") { request, _ in try await create(request) }
        router.get("/api/v1/webhooks/:id") { request, context in
            try await show(request, context)
        }
        router.patch("/api/v1/webhooks/:id") { request, context in
            try await change(request, context)
        }
        router.delete("/api/v1/webhooks/:id") { request, context in
            try await remove(request, context)
        }
        router.post("/api/v1/webhooks/:id/test") { request, context in
            try await test(request, context)
        }
        router.get("/api/v1/webhooks/:id/deliveries") { request, context in
            try await deliveries(request, context)
        }
    }

    private struct List: Encodable {
        var items: [WebhookBody]
    }

    private struct Deliveries: Encodable {
        var items: [DeliveryBody]
        var next: String?
    }

    private struct Test: Encodable {
        var eventId: EventID
    }

    private func list(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .webhooksManage)
        let webhooks = try await services.catalog.webhooks(principal.tenant)
        return JSONText.response(List(items: webhooks.map { WebhookBody($0) }))
    }

    private func create(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .webhooksManage)
        let body = try await request.jsonBytes()
        let wanted = try WebhookRequest(
            body: body,
            isNew: true,
            networks: services.webhookNetworks
        )
        let id = WebhookID()
        let secret = WebhookSecret()
        let sealed = try await WebhookSecrets.seal(
            secret,
            principal.tenant,
            id,
            in: services.envelope
        )
        let creation = try Creation(services, request, principal, body: body)
        return try await creation.run { (webhook: Webhook) in
            KeptAnswer(
                WebhookBody(webhook, secret: secret),
                location: "/api/v1/webhooks/\(id)",
                tag: services.tag(WebhookBody(webhook))
            )
        } _: { catalog in
            do throws(CatalogError) {
                return try await catalog.createWebhook(
                    principal.tenant,
                    id: id,
                    url: wanted.url ?? "",
                    kinds: wanted.kinds ?? EventKind.standard,
                    isEnabled: wanted.isEnabled ?? true,
                    secret: sealed
                )
            } catch {
                guard error.code == .conflict else { throw error }
                throw Problem(
                    .notPossible,
                    "An organisation has at most \(Webhook.countLimit) webhooks; remove one first."
                )
            }
        }
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .webhooksManage)
        return try services.tagged(request, WebhookBody(try await webhook(context, principal)))
    }

    private func change(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .webhooksManage)
        let id: WebhookID = try context.identifier("id")
        let wanted = try WebhookRequest(
            body: await request.jsonBytes(),
            isNew: false,
            networks: services.webhookNetworks
        )
        let webhook = try await conditional(request, id).updateWebhook(
            principal.tenant,
            id,
            url: wanted.url,
            kinds: wanted.kinds,
            isEnabled: wanted.isEnabled
        )
        guard let webhook else { throw Problem.missing }
        return services.changed(WebhookBody(webhook))
    }

    private func remove(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .webhooksManage)
        let id: WebhookID = try context.identifier("id")
        guard try await conditional(request, id).removeWebhook(principal.tenant, id) else {
            throw Problem.missing
        }
        return Response(status: .noContent)
    }

    private func test(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .webhooksManage)
        let webhook = try await webhook(context, principal)
        let event = AlertEvents.test(webhook.id, at: services.now())
        let creation = try Creation(services, request, principal)
        return try await creation.run { (isSent: Bool) in
            guard isSent else {
                throw Problem(
                    .notPossible,
                    "The webhook is switched off; switch it on first with {\"enabled\":true}."
                )
            }
            return KeptAnswer(Test(eventId: event.id), status: .accepted)
        } _: { catalog in
            try await catalog.sendTest(principal.tenant, webhook.id, event)
        }
    }

    private func deliveries(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .webhooksManage)
        let query = try request.query()
        let limit = try query.integer(
            "limit",
            1...DeliveryPage.limit,
            default: AlertRoutes.defaultLimit
        )
        let cursor = try query["cursor"].map { text throws(Problem) in
            try Cursor.parsePage(text)
        }
        let webhook = try await webhook(context, principal)
        let page = try await services.catalog.deliveries(
            principal.tenant,
            webhook.id,
            after: cursor,
            limit: limit
        )
        return JSONText.response(
            Deliveries(
                items: page.deliveries.map { DeliveryBody($0) },
                next: page.next.map { Cursor.text($0) }
            )
        )
    }

    private func conditional(_ request: Request, _ id: WebhookID) throws -> Catalog {
        try services.catalog(request) { isMet in
            .webhook(id) { isMet(services.tag(WebhookBody($0))) }
        }
    }

    private func webhook(_ context: APIContext, _ principal: Principal) async throws -> Webhook {
        let id: WebhookID = try context.identifier("id")
        guard let webhook = try await services.catalog.webhook(principal.tenant, id) else {
            throw Problem.missing
        }
        return webhook
    }
}
