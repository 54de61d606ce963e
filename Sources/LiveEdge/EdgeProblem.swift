internal import Domain
internal import Hummingbird

/// A refusal as an RFC 9457 problem document. Its texts are constants: nothing of the request is
/// repeated.
struct EdgeProblem: Error, Sendable {
    var status: HTTPResponse.Status
    var detail: String
    var headers: HTTPFields = [:]

    static let unsigned = EdgeProblem(
        status: .forbidden,
        detail: "the signature is missing, wrong or expired; load the playlist again"
    )
    static let notFound = EdgeProblem(
        status: .notFound,
        detail: "nothing of that name is in this spool"
    )
    static let noPicture = EdgeProblem(
        status: .notFound,
        detail: "this stream has no picture yet on this worker"
    )
    static let unauthorized = EdgeProblem(
        status: .unauthorized,
        detail: "give the worker token as a bearer token",
        headers: [.wwwAuthenticate: "Bearer"]
    )
    static let notReady = EdgeProblem(
        status: .serviceUnavailable,
        detail: "the worker is not registered yet",
        headers: [.retryAfter: "1"]
    )

    static func badRange(_ detail: String) -> EdgeProblem {
        EdgeProblem(status: .badRequest, detail: detail)
    }

    var response: Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        let body =
            "{\"type\":\"about:blank\",\"title\":\"\(status.reasonPhrase)\","
            + "\"status\":\(status.code),\"detail\":\"\(detail)\"}"
        return Response(
            status: status,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: body))
        )
    }
}
