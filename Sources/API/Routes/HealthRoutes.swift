internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Telemetry

/// Health, metrics and the description of the API.
struct HealthRoutes {
    /// Microseconds after which a silent worker counts as down: it reports every 2 s.
    static let workerSilence: Int64 = 10_000_000

    let services: APIServices
    let description: [UInt8]

    func add(to router: Router<APIContext>) {
        router.get("/health") { _, _ in JSONText.response(["status": "ok"]) }
        router.get("/api/v1/health") { _, _ in await answer() }
        router.get("/metrics") { _, _ in
            Response(
                status: .ok,
                headers: [
                    .contentType: "text/plain; version=0.0.4; charset=utf-8",
                    .cacheControl: "no-store",
                ],
                body: ResponseBody(byteBuffer: ByteBuffer(string: services.metrics.text()))
            )
        }
        router.get("/api/v1/openapi.yaml") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "application/yaml", .cacheControl: "no-cache"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: description))
            )
        }
    }

    /// 503 if the database does not answer.
    private func answer() async -> Response {
        let answer = await services.healthMemory.health { await health() }
        guard answer.isDown else { return JSONText.response(answer) }
        return JSONText.response(
            answer,
            status: .serviceUnavailable,
            headers: [.retryAfter: "1"]
        )
    }

    /// Without a worker the state is `degraded`.
    private func health() async -> Health {
        let now = services.now()
        do throws(CatalogError) {
            try await services.catalog.checkHealth()
            let workers = try await services.catalog.workers()
            let counts = try await services.catalog.fleetCounts()
            let live = workers.count {
                now.microseconds - $0.seenAt.microseconds < Self.workerSilence
            }
            let isWhole = live > 0 || counts.expected == 0
            return Health(
                status: isWhole ? "ok" : "degraded",
                database: .init(status: "ok"),
                workers: .init(
                    status: isWhole ? "ok" : "down",
                    live: live,
                    known: workers.count
                ),
                streams: .init(active: counts.active, expected: counts.expected),
                time: now
            )
        } catch {
            return Health(status: "down", database: .init(status: "down"), time: now)
        }
    }
}
