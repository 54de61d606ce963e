internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Telemetry

/// What holds for every response: a request id, security headers, CORS for listed origins, and a
/// measurement by route template.
struct ResponsePolicy: RouterMiddleware {
    typealias Context = APIContext

    /// For everything that is no page: nothing of a response may be run or shown in a frame.
    static let contentSecurityPolicy =
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    static let requestID = HTTPField.Name("X-Request-Id")
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

    let metrics: PrometheusRegistry
    let crossOrigin: CrossOriginPolicy
    /// Where nobody is told to come by TLS alone.
    let isDevelopment: Bool

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
        let origin = request.headers[.origin]
        let allowed = crossOrigin.allowed(origin)
        let isPreflight =
            request.method == .options && request.headers[.accessControlRequestMethod] != nil
        if isPreflight, allowed != nil {
            response = Response(status: .noContent)
        } else {
            response = try await next(request, context)
        }
        decorate(&response, id: id, path: request.uri.path)
        share(&response, with: allowed, isPreflight: isPreflight)
        let elapsed = clock.now - start
        measure(request, context, response.status.code, elapsed)
        return response
    }

    private func decorate(_ response: inout Response, id: String, path: String) {
        if let name = Self.requestID { response.headers[name] = id }
        response.headers[.xContentTypeOptions] = "nosniff"
        if response.headers[.contentSecurityPolicy] == nil {
            response.headers[.contentSecurityPolicy] = Self.contentSecurityPolicy
        }
        for (name, value) in Self.fixed { response.headers[name] = value }
        // A player on another page loads video without asking for the right to read it.
        let isVideo = path.hasPrefix("/media/") || path.hasPrefix("/hls/")
        if let name = Self.resourcePolicy {
            response.headers[name] = isVideo ? "cross-origin" : "same-origin"
        }
        if !isDevelopment { response.headers[.strictTransportSecurity] = "max-age=31536000" }
    }

    /// The headers of the CORS protocol.
    private func share(_ response: inout Response, with allowed: String?, isPreflight: Bool) {
        if crossOrigin.varies {
            let known = response.headers[.vary].map { [$0] } ?? []
            let names =
                isPreflight
                ? ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"]
                : ["Origin"]
            response.headers[.vary] = (known + names).joined(separator: ", ")
        }
        guard let allowed else { return }
        response.headers[.accessControlAllowOrigin] = allowed
        for (name, value) in isPreflight ? Self.preflight : Self.exposed {
            response.headers[name] = value
        }
    }

    private static let fixed: [(HTTPField.Name, String)] = [
        ("Referrer-Policy", "no-referrer"),
        ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        (
            "Permissions-Policy",
            "accelerometer=(), camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        ),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }

    private static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")

    private static let preflight: [(HTTPField.Name, String)] = [
        ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
        (
            "Access-Control-Allow-Headers",
            "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Range"
        ),
        ("Access-Control-Max-Age", "600"),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }

    private static let exposed: [(HTTPField.Name, String)] = [
        (
            "Access-Control-Expose-Headers",
            "Content-Range, ETag, Location, RateLimit, RateLimit-Policy, Retry-After, "
                + "Sparc-Incomplete, X-Request-Id"
        )
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
