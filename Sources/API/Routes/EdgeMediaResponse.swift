internal import Domain
internal import HTTPTypes
internal import Hummingbird

/// Passes media of a worker's live edge on in pieces, as the client takes them: a slow client holds
/// one piece, and how long the resource is does not matter.
struct EdgeMediaResponse {
    let media: any EdgeReading
    let edge: String
    /// Path and query.
    let target: String

    /// What an answer's Content-Range says.
    private struct ContentRange {
        var part: Range<Int>
        /// Nil while the resource grows.
        var total: Int?

        /// `bytes 0-99/1000` or `bytes 0-99/*`.
        init?(_ text: String?) {
            guard let text, text.hasPrefix("bytes ") else { return nil }
            let halves = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
            guard halves.count == 2 else { return nil }
            let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]),
                first >= 0, first <= last, last < Int.max
            else { return nil }
            part = first..<(last + 1)
            total = Int(halves[1])
            guard total.map({ $0 > last }) ?? (halves[1] == "*") else { return nil }
        }
    }

    /// - Parameter range: The client's Range header.
    func response(range: String?) async throws(EdgeError) -> Response {
        let first = try await piece(Self.first(range))
        if first.status == 416, range == nil { return Self.response(.ok, nil, []) }
        if first.status == 416 { return Self.unsatisfiable(first.contentRange) }
        guard first.status == 206 else { return Self.response(first) }
        guard let told = ContentRange(first.contentRange), told.part.count == first.bytes.count
        else { throw EdgeError(.malformed) }
        guard let total = told.total else { return try await growing(range, told.part, first) }
        switch ByteRange.parse(range, length: total) {
        case .whole:
            return stream(.ok, nil, 0..<total, told.part, first)
        case .part(let part):
            let header = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(total)"
            return stream(.partialContent, header, part, told.part, first)
        case .unsatisfiable:
            return Self.unsatisfiable("bytes */\(total)")
        }
    }

    /// A chunk that is still written to: only a part whose end is there already is known in length.
    private func growing(
        _ range: String?,
        _ got: Range<Int>,
        _ first: EdgeMedia
    ) async throws(EdgeError) -> Response {
        guard let asked = Self.bounds(range), let last = asked.last else {
            return Self.response(
                try await media.media(at: edge, target: target, range: range)
            )
        }
        guard last >= got.upperBound else { return Self.response(first) }
        let end = try await piece(last...last)
        // A part of a part is an answer too; the client asks for the rest.
        guard end.status == 206 else { return Self.response(first) }
        return stream(
            .partialContent,
            "bytes \(asked.first)-\(last)/*",
            asked.first..<(last + 1),
            got,
            first
        )
    }

    /// The first piece to ask for: of a range that begins somewhere, its beginning; of any other a
    /// byte, which tells the length.
    private static func first(_ range: String?) -> ClosedRange<Int> {
        guard range != nil else { return 0...(MediaRoutes.pieceLength - 1) }
        guard let asked = bounds(range) else { return 0...0 }
        let (end, overflows) = asked.first.addingReportingOverflow(MediaRoutes.pieceLength - 1)
        guard !overflows else { return 0...0 }
        return asked.first...min(asked.last ?? end, end)
    }

    /// The numbers of `bytes=first-last` or `bytes=first-`.
    private static func bounds(_ range: String?) -> (first: Int, last: Int?)? {
        guard let range, range.hasPrefix("bytes=") else { return nil }
        let ends = range.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Int(ends[0]), first >= 0 else { return nil }
        if ends[1].isEmpty { return (first, nil) }
        guard let last = Int(ends[1]), last >= first, last < Int.max else { return nil }
        return (first, last)
    }

    private func piece(_ range: ClosedRange<Int>) async throws(EdgeError) -> EdgeMedia {
        try await media.media(
            at: edge,
            target: target,
            range: "bytes=\(range.lowerBound)-\(range.upperBound)"
        )
    }

    /// - Parameters:
    ///   - wanted: What is sent.
    ///   - got: What `first` has, if it is of any use.
    private func stream(
        _ status: HTTPResponse.Status,
        _ contentRange: String?,
        _ wanted: Range<Int>,
        _ got: Range<Int>,
        _ first: EdgeMedia
    ) -> Response {
        let body = ResponseBody(contentLength: wanted.count) { writer in
            var position = wanted.lowerBound
            if got.lowerBound == position, got.upperBound <= wanted.upperBound {
                try await writer.write(ByteBuffer(bytes: first.bytes))
                position = got.upperBound
            }
            while position < wanted.upperBound {
                let end = min(position + MediaRoutes.pieceLength, wanted.upperBound)
                let next = try await piece(position...(end - 1))
                guard next.status == 206, next.bytes.count == end - position else {
                    throw EdgeError(.malformed)
                }
                try await writer.write(ByteBuffer(bytes: next.bytes))
                position = end
            }
            try await writer.finish(nil)
        }
        return Response(
            status: status,
            headers: Self.headers(contentRange),
            body: body
        )
    }

    private static func unsatisfiable(_ contentRange: String?) -> Response {
        var headers: HTTPFields = [:]
        headers[.contentRange] = contentRange
        return Problem(
            .rangeNotSatisfiable,
            "The media has fewer bytes.",
            headers: headers
        ).response
    }

    private static func response(_ media: EdgeMedia) -> Response {
        if media.status == 416 { return unsatisfiable(media.contentRange) }
        return response(HTTPResponse.Status(code: media.status), media.contentRange, media.bytes)
    }

    private static func response(
        _ status: HTTPResponse.Status,
        _ contentRange: String?,
        _ bytes: [UInt8]
    ) -> Response {
        Response(
            status: status,
            headers: headers(contentRange),
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    private static func headers(_ contentRange: String?) -> HTTPFields {
        var headers = MediaRoutes.headers
        headers[.contentRange] = contentRange
        return headers
    }
}
