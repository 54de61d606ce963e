internal import Catalog
internal import Domain
internal import Hummingbird
internal import Logging
internal import Telemetry

/// Lets every change that a request makes say in the audit log where it came from; who it was is
/// added when the token was checked.
struct AuditTrailMiddleware: RouterMiddleware {
    typealias Context = APIContext

    let services: APIServices

    @concurrent func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var actor = AuditActor(kind: .nobody)
        actor.address = services.clientAddress(request, context)?.description
        actor.agent = request.headers[.userAgent].map {
            String(String.UnicodeScalarView($0.unicodeScalars.prefix(AuditActor.agentLimit)))
        }
        actor.request = context.logger[metadataKey: LogKey.requestID].map { "\($0)" }
        return try await AuditTrail.$current.withValue(AuditTrail(actor)) {
            try await next(request, context)
        }
    }
}
