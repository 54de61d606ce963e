internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity

/// Tells in every answer what is left of the limits (draft-ietf-httpapi-ratelimit-headers).
struct RateLimitMiddleware: RouterMiddleware {
    typealias Context = APIContext

    @concurrent func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let note = RateNote()
        var response = try await RateNote.$current.withValue(note) {
            try await next(request, context)
        }
        let states = note.noted
        guard !states.isEmpty else { return response }
        let policy = states.map { "\"\($0.name)\";q=\($0.limit);w=\(RateLimits.window)" }
        let rest = states.map { "\"\($0.name)\";r=\($0.remaining);t=\($0.reset)" }
        if let name = Self.policy { response.headers[name] = policy.joined(separator: ", ") }
        if let name = Self.rest { response.headers[name] = rest.joined(separator: ", ") }
        return response
    }

    private static let policy = HTTPField.Name("RateLimit-Policy")
    private static let rest = HTTPField.Name("RateLimit")
}
