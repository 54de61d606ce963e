internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Keys
internal import ObjectStore
internal import Playlist

/// Media below `/media`: every path signed, never a token. What a worker has is passed through;
/// what the store has is read in pieces.
struct MediaRoutes {
    /// Bytes read from the store or a worker at a time.
    static let pieceLength = 1 << 20
    static let type = "video/mp4"
    /// Names are never used twice, so what was fetched once never changes.
    static let cacheControl = "public, max-age=3600, immutable"
    /// How long the store's own URL of an object is good, seconds: the store's clock may be as far
    /// from ours as S3 tolerates.
    private static let directSeconds = 900
    private static let objectPrefix = "/media/object/"

    let services: APIServices

    /// The path of a stored object.
    static func path(object key: String) -> String {
        objectPrefix + key
    }

    /// The path of a chunk in a worker's spool.
    static func path(spool identity: ChunkIdentity) -> String {
        "/media/spool/\(identity.tenant)/\(identity.camera)/\(identity.stream.rawValue)/"
            + "\(identity.epoch)-\(identity.sequence).mp4"
    }

    func add(to router: Router<APIContext>) {
        router.get("/media/gap.m4s") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: Self.type, .cacheControl: Self.cacheControl],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: GapMedia.bytes))
            )
        }
        router.get("/media/live/:tenant/:camera/:stream/:run/:file") { request, context in
            try checkSignature(request)
            return try await live(request, context)
        }
        router.get("/media/spool/:tenant/:camera/:stream/:file") { request, context in
            try checkSignature(request)
            return try await spool(request, context)
        }
        router.get("/media/object/**") { request, _ in
            try checkSignature(request)
            return try await object(
                String(request.uri.path.dropFirst(Self.objectPrefix.count)),
                request
            )
        }
    }

    /// One answer for a missing, wrong and expired signature.
    private func checkSignature(_ request: Request) throws(Problem) {
        let isRight = services.signer.verify(
            path: request.uri.path,
            query: request.uri.query ?? "",
            now: services.now()
        )
        guard isRight else {
            throw Problem(
                .forbidden,
                "The media URI is not signed, was changed, or has expired; read the "
                    + "playlist again."
            )
        }
    }

    private func reader(_ context: APIContext) throws(Problem) -> RecordingReader {
        guard let stream = context.parameters.get("stream").flatMap(StreamRole.init(rawValue:))
        else { throw Problem.missing }
        return RecordingReader(
            services: services,
            tenant: try context.identifier("tenant"),
            camera: try context.identifier("camera"),
            stream: stream
        )
    }

    private func live(_ request: Request, _ context: APIContext) async throws -> Response {
        guard let edge = try await reader(context).edge() else { throw Problem.missing }
        do throws(EdgeError) {
            return try await fromEdge(edge, request)
        } catch {
            throw Self.problem(for: error)
        }
    }

    /// From the worker; if it has freed the chunk meanwhile or does not answer, from the store,
    /// which has the same bytes.
    private func spool(_ request: Request, _ context: APIContext) async throws -> Response {
        let reader = try reader(context)
        guard let identity = Self.identity(context.parameters.get("file"), reader) else {
            throw Problem.missing
        }
        var failure = EdgeError(.notFound)
        let own = try await reader.edge()
        if let own {
            do throws(EdgeError) {
                return try await fromEdge(own, request)
            } catch {
                failure = error
            }
        }
        // A worker that had the stream before.
        if let edge = try await services.catalog.worker(granted: identity)?.edge, edge != own {
            do throws(EdgeError) {
                return try await fromEdge(edge, request)
            } catch {
                failure = error
            }
        }
        guard let row = try await services.catalog.chunk(identity) else {
            throw Self.problem(for: failure)
        }
        return try await object(row.key, request)
    }

    /// `{epoch}-{sequence}.mp4`.
    private static func identity(_ name: String?, _ reader: RecordingReader) -> ChunkIdentity? {
        guard let name, name.hasSuffix(".mp4") else { return nil }
        let parts = name.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = Int64(parts[0]), let sequence = Int64(parts[1]),
            name == "\(epoch)-\(sequence).mp4"
        else { return nil }
        return ChunkIdentity(
            tenant: reader.tenant,
            camera: reader.camera,
            stream: reader.stream,
            epoch: epoch,
            sequence: sequence
        )
    }

    private static func problem(for error: EdgeError) -> Problem {
        error.code == .notFound
            ? .missing : .unavailable("The camera's worker does not answer; try again.")
    }

    private func fromEdge(_ edge: String, _ request: Request) async throws(EdgeError) -> Response {
        // What the signature was checked on, and no more: the request line may name a host too.
        let target = request.uri.path + (request.uri.query.map { "?" + $0 } ?? "")
        return try await EdgeMediaResponse(media: services.edge, edge: edge, target: target)
            .response(range: request.headers[.range])
    }

    static let headers: HTTPFields = [
        .contentType: type, .cacheControl: cacheControl, .acceptRanges: "bytes",
    ]

    private func object(_ text: String, _ request: Request) async throws -> Response {
        guard let key = ObjectKey(text) else { throw Problem.missing }
        if let store = services.viewersStore, request.method == .get {
            return try await redirect(key, to: store)
        }
        let stored: StoredObject?
        do {
            stored = try await services.objects.head(key)
        } catch {
            throw Problem.unavailable("The object store does not answer; try again.")
        }
        guard let length = stored?.length else { throw Problem.missing }
        var headers = Self.headers
        switch ByteRange.parse(request.headers[.range], length: length) {
        case .whole:
            return Response(status: .ok, headers: headers, body: body(key, 0..<length))
        case .part(let range):
            headers[.contentRange] =
                "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)"
            return Response(status: .partialContent, headers: headers, body: body(key, range))
        case .unsatisfiable:
            throw Problem(
                .rangeNotSatisfiable,
                "The object has \(length) bytes.",
                headers: [.contentRange: "bytes */\(length)"]
            )
        }
    }

    /// Sends the viewer to the store, by a URL of which nothing is kept: the next one is good anew.
    private func redirect(
        _ key: ObjectKey,
        to store: any PresigningStore
    ) async throws -> Response {
        do {
            let url = try await store.presignedURL(key, seconds: Self.directSeconds)
            return Response(
                status: .temporaryRedirect,
                headers: [.location: url, .cacheControl: "no-store"]
            )
        } catch {
            throw Problem.unavailable("The object store's credentials cannot be read; try again.")
        }
    }

    /// Reads piece by piece as the client takes them, so that a slow client holds one piece.
    private func body(_ key: ObjectKey, _ range: Range<Int>) -> ResponseBody {
        let objects = services.objects
        return ResponseBody(contentLength: range.count) { writer in
            var position = range.lowerBound
            while position < range.upperBound {
                let end = min(position + Self.pieceLength, range.upperBound)
                let bytes = try await objects.read(key, range: position..<end)
                try await writer.write(ByteBuffer(bytes: bytes))
                position = end
            }
            try await writer.finish(nil)
        }
    }
}
