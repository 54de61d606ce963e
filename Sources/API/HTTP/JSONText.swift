internal import Domain
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird

/// Values of ours as JSON: `snake_case` members, sorted, so that equal values have equal bytes, and
/// moments to the millisecond, as the description of the API says.
enum JSONText {
    static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        if let key = WallTime.inMilliseconds { encoder.userInfo[key] = true }
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Our own types encode without errors; an empty body would show in every test.
        return (try? encoder.encode(value)).map { Array($0) } ?? []
    }

    /// A response that no cache keeps: it may depend on who asks.
    static func response(
        _ value: some Encodable,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:]
    ) -> Response {
        body(encode(value), status: status, headers: headers)
    }

    /// As `response`, with the members as the types spell them: what workers read.
    static func plainResponse(_ value: some Encodable) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return body(Array(try encoder.encode(value)), status: .ok, headers: [:])
    }

    private static func body(
        _ bytes: [UInt8],
        status: HTTPResponse.Status,
        headers: HTTPFields
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        return Response(
            status: status,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}
