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
        router.get("/api/v1/health") { _, _ in await health() }
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

    private struct Health: Encodable {
        struct Database: Encodable {
            var status: String
        }
        struct Workers: Encodable {
            var status: String
            var live: Int
            var known: Int
        }
        struct Streams: Encodable {
            var active: Int
            var expected: Int
        }

        var status: String
        var database: Database
        var workers: Workers?
        var streams: Streams?
        var time: WallTime
    }

    /// 503 if the database does not answer; without a worker the state is `degraded`.
    private func health() async -> Response {
        let now = services.now()
        do throws(CatalogError) {
            try await services.catalog.checkHealth()
            let workers = try await services.catalog.workers()
            let counts = try await services.catalog.fleetCounts()
            let live = workers.count {
                now.microseconds - $0.seenAt.microseconds < Self.workerSilence
            }
            let isWhole = live > 0 || counts.expected == 0
            return JSONText.response(
                Health(
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
            )
        } catch {
            return JSONText.response(
                Health(status: "down", database: .init(status: "down"), time: now),
                status: .serviceUnavailable,
                headers: [.retryAfter: "1"]
            )
        }
    }
}
