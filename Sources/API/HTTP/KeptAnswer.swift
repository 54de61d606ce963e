internal import HTTPTypes
internal import Hummingbird

/// The answer to a request that made something, as it is sent and as it is kept for a repeat.
struct KeptAnswer: Hashable, Codable, Sendable {
    var status: Int
    var location: String?
    /// Of what was made, as it is read later.
    var tag: String?
    /// JSON.
    var body: String

    init(
        _ value: some Encodable,
        status: HTTPResponse.Status = .created,
        location: String? = nil,
        tag: String? = nil
    ) {
        self.status = status.code
        self.location = location
        self.tag = tag
        body = String(decoding: JSONText.encode(value), as: UTF8.self)
    }

    /// The response; the same bytes each time.
    var response: Response {
        var headers: HTTPFields = [
            .contentType: "application/json", .cacheControl: "no-store",
        ]
        headers[.location] = location
        headers[.eTag] = tag
        return Response(
            status: HTTPResponse.Status(code: status),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: body))
        )
    }
}
