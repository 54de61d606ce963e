internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Telemetry

/// What holds for every response: a request id, security headers, CORS in development, and a
/// measurement by route template.
struct ResponsePolicy: RouterMiddleware {
    typealias Context = APIContext

    /// For everything that is no page: nothing of a response may be run or shown in a frame.
    static let contentSecurityPolicy =
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    static let requestID = HTTPField.Name("X-Request-Id")
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

    let metrics: PrometheusRegistry
    let allowsAllOrigins: Bool

    @concurrent func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let clock = ContinuousClock()
        let start = clock.now
        var context = context
        let id = UUID().uuidString.lowercased()
        context.logger[metadataKey: LogKey.requestID] = "\(id)"
        var response: Response
        if allowsAllOrigins, request.method == .options {
            response = Response(status: .noContent)
        } else {
            response = try await next(request, context)
        }
        decorate(&response, id: id)
        let elapsed = clock.now - start
        measure(request, context, response.status.code, elapsed)
        return response
    }

    private func decorate(_ response: inout Response, id: String) {
        if let name = Self.requestID { response.headers[name] = id }
        response.headers[.xContentTypeOptions] = "nosniff"
        if response.headers[.contentSecurityPolicy] == nil {
            response.headers[.contentSecurityPolicy] = Self.contentSecurityPolicy
        }
        for (name, value) in Self.fixed { response.headers[name] = value }
        guard allowsAllOrigins else { return }
        for (name, value) in Self.crossOrigin { response.headers[name] = value }
    }

    private static let fixed: [(HTTPField.Name, String)] = [
        ("Referrer-Policy", "no-referrer"),
        ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }

    private static let crossOrigin: [(HTTPField.Name, String)] = [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE, OPTIONS"),
        (
            "Access-Control-Allow-Headers",
            "Authorization, Content-Type, If-Match, Idempotency-Key, Range"
        ),
        (
            "Access-Control-Expose-Headers",
            "ETag, Location, Content-Range, Retry-After, Sparc-Incomplete, X-Request-Id"
        ),
        ("Access-Control-Max-Age", "600"),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }

    private func measure(
        _ request: Request,
        _ context: APIContext,
        _ status: Int,
        _ elapsed: Duration
    ) {
        // Labels from closed sets only: methods that nobody defined and unknown paths are "other".
        let method = request.method.rawValue
        let route = context.endpointPath ?? "NotFound"
        let timer = metrics.makeTimer(
            label: MetricName.httpRequestDuration,
            dimensions: [
                ("method", Self.methods.contains(method) ? method : "other"),
                ("route", route == "NotFound" ? "other" : route), ("status", String(status)),
            ]
        )
        let (seconds, attoseconds) = elapsed.components
        (timer as? PrometheusSeries)?.recordNanoseconds(
            seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        )
        context.logger.debug(
            "request",
            metadata: [
                LogKey.route: "\(method) \(route)", LogKey.status: "\(status)",
                LogKey.duration: "\(Int(elapsed / .milliseconds(1)))",
            ]
        )
    }
}
