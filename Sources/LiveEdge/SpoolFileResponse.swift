internal import Hummingbird

/// Serves a part of a spool file: read in pieces of bounded size on the file thread pool, never on
/// the threads that run tasks.
struct SpoolFileResponse: Sendable {
    /// Bytes of one read; with it a slow client holds this much memory.
    private static let pieceLength = 128 * 1_024
    /// Names are never used twice, so what a name gives never changes.
    private static let immutable = "public, max-age=31536000, immutable"

    private let files = FileIO()

    /// - Parameters:
    ///   - path: The file, from parsed ids only.
    ///   - available: The bytes of it that are the resource.
    ///   - isComplete: False while the resource grows: its length is then not told, and the whole
    ///     of it not cached.
    ///   - request: Its `Range` is honoured.
    ///   - context: The request's context.
    /// - Returns: 200, 206 or 416.
    /// - Throws: `EdgeProblem.notFound` if the file was freed meanwhile.
    func response(
        _ path: String,
        _ available: Range<Int>,
        isComplete: Bool = true,
        _ request: Request,
        _ context: some RequestContext
    ) async throws -> Response {
        var headers: HTTPFields = [
            .contentType: "video/mp4", .acceptRanges: "bytes",
            .xContentTypeOptions: "nosniff", .cacheControl: Self.immutable,
        ]
        let total = isComplete ? String(available.count) : "*"
        var range = available
        var status = HTTPResponse.Status.ok
        switch ByteRangeRequest(request.headers[.range], length: available.count) {
        case .whole:
            if !isComplete { headers[.cacheControl] = "no-store" }
        case .part(let part):
            status = .partialContent
            range =
                (available.lowerBound + part.lowerBound)..<(available.lowerBound + part.upperBound)
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(total)"
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(available.count)"
            headers[.cacheControl] = "no-store"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
        guard !range.isEmpty else { return Response(status: status, headers: headers) }
        guard
            let body = try? await files.loadFile(
                path: path,
                range: range.lowerBound...(range.upperBound - 1),
                context: context,
                chunkLength: Self.pieceLength
            ),
            body.contentLength == range.count
        else { throw EdgeProblem.notFound }
        return Response(status: status, headers: headers, body: body)
    }
}
