internal import FoundationEssentials
package import HTTPTypes
internal import Hummingbird

/// A problem document (RFC 9457) on its way to the client. Safe to show.
package struct Problem: Error, Sendable, CustomStringConvertible {
    package var kind: ProblemKind
    /// What happened and what to do.
    package var detail: String
    package var errors: [FieldProblem]
    package var headers: HTTPFields

    package init(
        _ kind: ProblemKind,
        _ detail: String,
        errors: [FieldProblem] = [],
        headers: HTTPFields = [:]
    ) {
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// Wrong fields of a request.
    package static func invalid(_ errors: [FieldProblem]) -> Problem {
        Problem(.invalidRequest, "Nothing was changed. See errors for each field.", errors: errors)
    }

    /// One wrong field of a request.
    package static func invalid(_ field: String, _ problem: String, example: String) -> Problem {
        invalid([FieldProblem(field, problem, example: example)])
    }

    /// The same for what does not exist and for what belongs to somebody else.
    package static let missing = Problem(
        .notFound,
        "It does not exist, or you may not know of it."
    )

    /// No token, or one that is not valid; it never says why.
    package static let unauthorized = Problem(
        .unauthorized,
        "Log in with POST /api/v1/auth/login and send the access token as Bearer.",
        headers: [.wwwAuthenticate: "Bearer realm=\"sparc\""]
    )

    /// Something behind the API does not answer; to be tried again.
    package static func unavailable(_ detail: String, after seconds: Int64 = 1) -> Problem {
        Problem(.unavailable, detail, headers: [.retryAfter: String(seconds)])
    }

    package var description: String {
        "\(kind.rawValue): \(detail)"
    }

    private struct Document: Encodable {
        var type: String
        var title: String
        var status: Int
        var detail: String
        var errors: [FieldProblem]?
    }

    /// The response; the same bytes for the same problem.
    var response: Response {
        let document = Document(
            type: kind.type,
            title: kind.title,
            status: kind.status,
            detail: detail,
            errors: errors.isEmpty ? nil : errors
        )
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        return Response(
            status: HTTPResponse.Status(code: kind.status),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: JSONText.encode(document)))
        )
    }
}
