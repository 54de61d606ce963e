internal import Hummingbird
internal import Telemetry

/// Health and metrics of a worker, for probes and scrapers; open, because nothing in them is about
/// a tenant.
struct EdgeHealthRoutes: Sendable {
    let metrics: PrometheusRegistry
    /// Whether the coordinator has answered the registration, which media need.
    let isRegistered: @Sendable () -> Bool

    func add(to router: Router<BasicRequestContext>) {
        // Alive: that the process answers. A coordinator that is away is no reason to kill a worker
        // that records.
        router.get("/health") { _, _ in Self.json(#"{"status":"ok"}"#, .ok) }
        // Ready: that it serves live video.
        router.get("/health/ready") { _, _ in
            isRegistered()
                ? Self.json(#"{"status":"ok"}"#, .ok)
                : EdgeProblem.notReady.response
        }
        router.get("/metrics") { _, _ in
            Response(
                status: .ok,
                headers: [
                    .contentType: "text/plain; version=0.0.4; charset=utf-8",
                    .cacheControl: "no-store",
                ],
                body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text()))
            )
        }
    }

    private static func json(_ text: String, _ status: HTTPResponse.Status) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
