internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The parts of a request, checked.
extension Request {
    /// Largest JSON body of the public API, bytes.
    static let bodyLimit = 65_536

    /// A JSON body. Throws problems for another media type, for one that is compressed, since that may
    /// be a thousand times as large, and for one that is too large.
    func jsonBytes(limit: Int = bodyLimit) async throws -> [UInt8] {
        let type = headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() }
        guard type?.trimmed() == "application/json" else {
            throw Problem(
                .unsupportedMediaType,
                "Send the body with Content-Type: application/json."
            )
        }
        let coding = headers[.contentEncoding]?.lowercased().trimmed() ?? "identity"
        guard coding == "identity" else {
            throw Problem(
                .unsupportedMediaType,
                "Send the body as it is, without Content-Encoding.",
                headers: [.acceptEncoding: "identity"]
            )
        }
        let tooLarge = Problem(.contentTooLarge, "A body has at most \(limit) bytes here.")
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw tooLarge
        }
        do {
            let buffer = try await body.collect(upTo: limit)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch let error where !(error is CancellationError) {
            // Chunks that are none, or a client that went: nothing here fails on its own.
            throw Problem(.invalidRequest, "The body ends before its end, or is cut wrongly.")
        }
    }

    func query() throws(Problem) -> Query {
        try Query(uri.query)
    }
}

extension RequestContext {
    /// An id in the path; one that is malformed names nothing, like one that does not exist.
    func identifier<Subject>(_ name: String) throws(Problem) -> Identifier<Subject> {
        guard let text = parameters.get(name), let id = Identifier<Subject>(text) else {
            throw Problem.missing
        }
        return id
    }
}
