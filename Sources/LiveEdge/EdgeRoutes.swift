internal import Domain
internal import FoundationEssentials
internal import Hummingbird
internal import Keys
internal import Playlist
internal import Spool

/// The routes of a live edge: playlists and holdings for the coordinator, signed media for players.
struct EdgeRoutes: Sendable {
    /// The longest range of one holdings request, seconds: the longest archive playlist's.
    private static let rangeLimit = WallTime(seconds: ArchivePlaylist.rangeLimitSeconds)
    private static let playlistType = "application/vnd.apple.mpegurl"

    let index: SpoolIndex
    let streams: LiveStreams
    let token: String
    let clock: EdgeClock
    let signer: @Sendable () -> MediaSigner?
    private let files = SpoolFileResponse()

    init(
        index: SpoolIndex,
        streams: LiveStreams,
        token: String,
        clock: EdgeClock,
        signer: @escaping @Sendable () -> MediaSigner?
    ) {
        self.index = index
        self.streams = streams
        self.token = token
        self.clock = clock
        self.signer = signer
    }

    func router() -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        func get(
            _ path: RouterPath,
            _ handle: @escaping @Sendable (Request, BasicRequestContext) async throws -> Response
        ) {
            router.get(path) { request, context in
                do { return try await handle(request, context) } catch let problem as EdgeProblem {
                    return problem.response
                }
            }
        }
        get("/edge/live/:camera/:file", live)
        get("/edge/spool/:camera/:stream", holdings)
        get("/media/gap.m4s") { _, _ in gap() }
        get("/media/live/:tenant/:camera/:stream/:chunk/:file", liveMedia)
        get("/media/spool/:tenant/:camera/:stream/:file", spoolMedia)
        return router
    }

    private func gap() -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "video/mp4", .cacheControl: "public, max-age=31536000, immutable",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: GapMedia.bytes))
        )
    }

    private func live(_ request: Request, _ context: BasicRequestContext) throws -> Response {
        try authorize(request)
        guard let camera = context.parameters.get("camera").flatMap({ CameraID($0) }),
            let file = context.parameters.get("file"), file.hasSuffix(".m3u8"),
            let stream = StreamRole(rawValue: String(file.dropLast(5)))
        else { throw EdgeProblem.notFound }
        guard let signer = signer() else { throw EdgeProblem.notReady }
        guard let text = streams.playlist(camera, stream, signer) else {
            throw EdgeProblem.noPicture
        }
        return Response(
            status: .ok,
            headers: [.contentType: Self.playlistType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    private func holdings(_ request: Request, _ context: BasicRequestContext) throws -> Response {
        try authorize(request)
        guard let camera = context.parameters.get("camera").flatMap({ CameraID($0) }),
            let stream = context.parameters.get("stream").flatMap({ StreamRole(rawValue: $0) })
        else { throw EdgeProblem.notFound }
        let from = try time("from", request)
        let to = try time("to", request)
        guard from < to, to.microseconds - from.microseconds <= Self.rangeLimit.microseconds else {
            throw EdgeProblem.badRange("from must be before to, and at most 24 hours before it")
        }
        var result = index.holdings(camera, stream, from: from, to: to)
        if let gap = streams.openGap(camera, stream), gap.end > from, gap.start < to {
            result.gaps.append(gap)
        }
        let body = try JSONEncoder().encode(result)
        return Response(
            status: .ok,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }

    private func liveMedia(
        _ request: Request,
        _ context: BasicRequestContext
    ) async throws -> Response {
        try verify(request)
        func part(_ name: String) -> String { context.parameters.get(name) ?? "" }
        guard
            let path = LiveMediaPath(
                tenant: part("tenant"),
                camera: part("camera"),
                stream: part("stream"),
                chunk: part("chunk"),
                file: part("file")
            )
        else { throw EdgeProblem.notFound }
        switch path {
        case .segment(let identity, let run, let number):
            guard let found = index.chunk(identity), found.chunk.run == run,
                found.chunk.segments.indices.contains(number)
            else { throw EdgeProblem.notFound }
            let range = found.chunk.segments[number].byteRange
            return try await files.response(found.path, range, request, context)
        case .chunkInitialization(let identity, let run):
            guard let found = index.chunk(identity), found.chunk.run == run else {
                throw EdgeProblem.notFound
            }
            return try await initialization(of: found, request, context)
        case .runInitialization(let tenant, let camera, let stream, let run, let hash):
            let found = newestChunk(camera, stream) {
                $0.run == run && $0.initializationHash == hash && $0.identity.tenant == tenant
            }
            guard let found else { throw EdgeProblem.notFound }
            return try await initialization(of: found, request, context)
        }
    }

    private func initialization(
        of found: SpooledChunk,
        _ request: Request,
        _ context: BasicRequestContext
    ) async throws -> Response {
        try await files.response(
            found.path,
            0..<found.chunk.initializationLength,
            request,
            context
        )
    }

    /// The newest, because the spool frees the oldest first.
    private func newestChunk(
        _ camera: CameraID,
        _ stream: StreamRole,
        _ isWanted: (Chunk) -> Bool
    ) -> SpooledChunk? {
        index.holdings(
            camera,
            stream,
            from: WallTime(microseconds: .min),
            to: WallTime(microseconds: .max)
        ).chunks.filter(isWanted).max {
            ($0.identity.epoch, $0.identity.sequence) < ($1.identity.epoch, $1.identity.sequence)
        }.flatMap { index.chunk($0.identity) }
    }

    private func spoolMedia(
        _ request: Request,
        _ context: BasicRequestContext
    ) async throws -> Response {
        try verify(request)
        guard let tenant = context.parameters.get("tenant").flatMap({ TenantID($0) }),
            let camera = context.parameters.get("camera").flatMap({ CameraID($0) }),
            let stream = context.parameters.get("stream").flatMap({ StreamRole(rawValue: $0) }),
            let file = context.parameters.get("file"), file.hasSuffix(".mp4")
        else { throw EdgeProblem.notFound }
        let numbers = file.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
            .map { LiveMediaPath.number($0) }
        guard numbers.count == 2, let epoch = numbers[0], let sequence = numbers[1],
            let found = index.chunk(
                ChunkIdentity(
                    tenant: tenant,
                    camera: camera,
                    stream: stream,
                    epoch: epoch,
                    sequence: sequence
                )
            )
        else { throw EdgeProblem.notFound }
        return try await files.response(
            found.path,
            0..<found.chunk.length,
            isComplete: found.isClosed,
            request,
            context
        )
    }

    private func authorize(_ request: Request) throws(EdgeProblem) {
        let prefix = "Bearer "
        guard let header = request.headers[.authorization], header.hasPrefix(prefix),
            ConstantTime.equal(header.dropFirst(prefix.count), token)
        else { throw .unauthorized }
    }

    /// The method does not matter: only GET and HEAD have routes.
    private func verify(_ request: Request) throws(EdgeProblem) {
        guard let signer = signer() else { throw .notReady }
        guard
            signer.verify(
                path: request.uri.path,
                query: request.uri.query ?? "",
                now: clock.wall()
            )
        else { throw .unsigned }
    }

    private func time(_ name: String, _ request: Request) throws(EdgeProblem) -> WallTime {
        guard let text = request.uri.queryParameters[Substring(name)],
            let time = WallTime(rfc3339: String(text))
        else { throw .badRange("\(name) must be a time such as 2026-01-31T09:30:00Z") }
        return time
    }
}
