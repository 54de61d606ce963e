internal import Domain
internal import Hummingbird
internal import Identity

/// Knows where a request comes from, and counts those of routes that ask for no credential, before
/// anything else is done for them.
///
/// Everywhere else it is seen at the beginning of the route whether a credential is valid, and what
/// is not is counted there. Never counted are `/health`, which costs nothing, `/api/v1/health` and
/// `/metrics`, which load balancers and monitors ask from one address, the console's files, and media,
/// whose signature is the credential and which CDNs fetch from few addresses.
struct UnknownCallerMiddleware: RouterMiddleware {
    typealias Context = APIContext

    /// Routes that ask for no credential and are counted, as the router has them. New tokens for old
    /// and the end of a session are counted where their token was read.
    static let counted: Set<String> = [
        "/.well-known/jwks.json", "/api/v1/openapi.yaml", "/api/v1/auth/login",
        "/api/v1/auth/oidc/authorize", "/api/v1/auth/oidc/{id}/callback", "/api/v1/auth/oidc/token",
        "/api/v1/setup", "/api/v1/invitations/accept",
    ]

    /// Where the present request comes from: an IPv4 address or the /64 of an IPv6 one. All without
    /// a connection, which only tests are, share one.
    @TaskLocal static var caller = ""

    let services: APIServices

    @concurrent func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let caller = services.clientAddress(request, context).map { LoginAttempt.block($0) } ?? ""
        if Self.counted.contains(context.endpointPath ?? "") {
            try services.rates.takeUnknown(caller)
        }
        return try await Self.$caller.withValue(caller) { try await next(request, context) }
    }
}
