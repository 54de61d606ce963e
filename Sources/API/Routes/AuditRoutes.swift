internal import Catalog
internal import Domain
internal import Hummingbird
internal import Identity

/// The organisation's audit log.
struct AuditRoutes {
    /// Entries of a page unless asked otherwise.
    static let defaultLimit = 100
    /// Characters of an action or id that is asked for.
    static let wordLimit = 64

    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/audit") { request, _ in try await list(request) }
    }

    private struct Page: Encodable {
        var items: [AuditBody]
        var next: String?
    }

    private func list(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .auditRead)
        let query = try request.query()
        let limit = try query.integer("limit", 1...AuditEntry.limit, default: Self.defaultLimit)
        let before = try query["cursor"].map { text throws(Problem) in
            try Cursor.parsePosition(text)
        }
        var filter = AuditFilter()
        filter.action = try Self.word("action", query)
        filter.actor = try Self.word("actor", query)
        filter.subject = try Self.word("subject", query)
        filter.from = try Self.time("from", query)
        filter.to = try Self.time("to", query)
        // Before it is read, so that no reading is missing from it.
        try await services.note(.auditRead, "audit", nil, principal)
        let entries = try await services.catalog.auditEntries(
            principal.tenant,
            filter,
            before: before,
            limit: limit
        )
        let isWhole = entries.count < limit || entries.last?.position == 1
        return JSONText.response(
            Page(
                items: entries.map { AuditBody($0) },
                next: isWhole ? nil : entries.last.map { Cursor.text(position: $0.position) }
            )
        )
    }

    private static func word(_ name: String, _ query: Query) throws(Problem) -> String? {
        guard let text = query[name] else { return nil }
        guard 1...Self.wordLimit ~= text.utf8.count else {
            throw Problem.invalid(
                name,
                "has 1 to \(Self.wordLimit) characters",
                example: "\(name)=camera.created"
            )
        }
        return text
    }

    private static func time(_ name: String, _ query: Query) throws(Problem) -> WallTime? {
        guard let text = query[name] else { return nil }
        guard let time = WallTime(rfc3339: text) else {
            throw Problem.invalid(
                name,
                "is no RFC 3339 time with an offset",
                example: "\(name)=2026-01-31T00:00:00Z"
            )
        }
        return time
    }
}
