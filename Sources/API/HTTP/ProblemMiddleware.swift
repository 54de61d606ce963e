internal import Catalog
internal import HTTPTypes
internal import Hummingbird
internal import Keys
internal import Logging
internal import Telemetry

/// Turns every error into a problem document; what is no problem of the client's is logged.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = APIContext

    let routes: RouteIndex

    @concurrent func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response
        } catch let error as CatalogError {
            return problem(for: error, context).response
        } catch let error as KeysError {
            return problem(for: error, context).response
        } catch let error as HTTPError where error.status == .notFound {
            return unknownPath(request).response
        } catch let error as HTTPError where error.status.code < 500 {
            return Problem(.invalidRequest, "The request cannot be read.").response
        } catch {
            context.logger.error(
                "request failed",
                metadata: [LogKey.errorMessage: "\(type(of: error))"]
            )
            return Problem(.internal, "Try again; the server's log has the reason.").response
        }
    }

    private func unknownPath(_ request: Request) -> Problem {
        let methods = routes.methods(of: request.uri.path)
        guard !methods.isEmpty, !methods.contains(request.method.rawValue) else {
            return Problem.missing
        }
        return Problem(
            .methodNotAllowed,
            "Supported here: \(methods.joined(separator: ", ")).",
            headers: [.allow: methods.joined(separator: ", ")]
        )
    }

    private func problem(for error: KeysError, _ context: APIContext) -> Problem {
        // Its message has no secret.
        context.logger.error(
            "a secret could not be encrypted or decrypted",
            metadata: [LogKey.errorMessage: "\(error)"]
        )
        return error.isRetryable
            ? .unavailable("A stored secret cannot be read at this moment; try again in a second.")
            : Problem(.internal, "Try again; the server's log has the reason.")
    }

    private func problem(for error: CatalogError, _ context: APIContext) -> Problem {
        switch error.code {
        case .unavailable, .timeout:
            context.logger.warning(
                "the database does not answer",
                metadata: [LogKey.errorMessage: "\(error)"]
            )
            return .unavailable("The database does not answer; try again in a second.")
        case .crowded:
            return Problem(
                .tooManyRequests,
                "Your organisation does too much at once; try again in a second.",
                headers: [.retryAfter: "1"]
            )
        case .conflict: return Problem(.conflict, "Something with that name exists already.")
        case .notFound: return .missing
        case .changed:
            return Problem(.preconditionFailed, "Nothing was changed; read it again.")
        case .invalid:
            return Problem(.invalidRequest, "A value is outside its limits; nothing was changed.")
        case .forbidden, .damaged, .internal:
            context.logger.error(
                "the catalogue failed",
                metadata: [LogKey.errorMessage: "\(error)"]
            )
            return Problem(.internal, "Try again; the server's log has the reason.")
        }
    }
}
