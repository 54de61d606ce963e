internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity
internal import Keys
internal import Playlist

/// Playlists, timelines and the signed URLs of playlists.
struct PlaybackRoutes {
    /// Header that says why a part of the answer may be missing.
    static let incomplete = HTTPField.Name("Sparc-Incomplete")
    static let playlistType = "application/vnd.apple.mpegurl"
    /// How long media URIs of an archive list are good beyond the range's length, milliseconds.
    static let archiveGrace: Int64 = 600_000
    /// What a multivariant playlist is made from, microseconds before now.
    static let recent: Int64 = 60_000_000

    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/hls/:camera_id/index.m3u8") { request, context in
            try await index(request, context)
        }
        router.get("/hls/:camera_id/live.m3u8") { request, context in
            try await live(request, context)
        }
        router.get("/hls/:camera_id/archive.m3u8") { request, context in
            try await archive(request, context)
        }
        router.get("/api/v1/cameras/:id/timeline") { request, context in
            try await timeline(request, context)
        }
        router.get("/api/v1/cameras/:id/playback") { request, context in
            try await playback(request, context)
        }
    }

    /// What a playlist request is about, once its sender may have it.
    private struct Subject {
        var query: Query
        var principal: Principal
        var camera: Camera
        var stream: StreamRole
        var reader: RecordingReader
    }

    private func subject(
        _ request: Request,
        _ context: APIContext,
        needs permission: Permission
    ) async throws -> Subject {
        let id: CameraID = try context.identifier("camera_id")
        let query = try request.query()
        let principal = try await services.viewer(request, query, of: id, needs: permission)
        return try await subject(id, query, principal)
    }

    private func subject(
        _ id: CameraID,
        _ query: Query,
        _ principal: Principal
    ) async throws -> Subject {
        let key = LiveMemory.CameraKey(tenant: principal.tenant, camera: id)
        let found = try await services.liveMemory.cameras.value(key) {
            () async throws(CatalogError) in
            try await services.catalog.camera(principal.tenant, id)
        }
        guard let camera = found else { throw Problem.missing }
        let stream = try query.choice("stream", default: StreamRole.main)
        guard camera.streams.contains(where: { $0.role == stream }) else {
            throw Problem.invalid(
                "stream",
                "the camera has no such stream",
                example: "stream=\(StreamRole.main.rawValue)"
            )
        }
        return Subject(
            query: query,
            principal: principal,
            camera: camera,
            stream: stream,
            reader: RecordingReader(
                services: services,
                tenant: principal.tenant,
                camera: id,
                stream: stream
            )
        )
    }

    private static let noVideo = Problem(
        .noVideoYet,
        "Nothing was recorded yet; see the camera's health.",
        headers: [.retryAfter: "1"]
    )

    private func index(_ request: Request, _ context: APIContext) async throws -> Response {
        let subject = try await subject(request, context, needs: .videoLive)
        let now = services.now()
        var chunks: [Chunk] = []
        if subject.camera.removedAt == nil {
            let from = WallTime(microseconds: now.microseconds - Self.recent)
            chunks = try await subject.reader.holdings(from, now).held
        }
        if chunks.isEmpty { chunks = try await lastRows(subject) }
        let parts =
            (subject.stream == .main ? [] : ["stream=\(subject.stream.rawValue)"])
            + (subject.query["token"].map { ["token=\($0)"] } ?? [])
        let uri = "live.m3u8" + (parts.isEmpty ? "" : "?" + parts.joined(separator: "&"))
        // Only for the frame rate, without which it plays as well.
        let report = try? await services.catalog.streamReport(
            subject.principal.tenant,
            subject.camera.id,
            subject.stream
        )
        guard
            let variant = PlaylistVariant(
                uri: uri,
                chunks: chunks,
                frameRate: report?.statistics?.frameRate
            )
        else { throw Self.noVideo }
        return playlist(MultivariantPlaylist.render([variant]), request)
    }

    /// The newest catalogued chunks.
    private func lastRows(_ subject: Subject) async throws -> [Chunk] {
        let catalog = services.catalog
        guard
            let end = try await catalog.bounds(
                subject.principal.tenant,
                subject.camera.id,
                subject.stream
            )?.end
        else { return [] }
        let from = WallTime(microseconds: end.microseconds - Self.recent)
        return try await catalog.chunks(
            subject.principal.tenant,
            subject.camera.id,
            subject.stream,
            from: from,
            to: end
        ).map(\.sealed.chunk)
    }

    private func live(_ request: Request, _ context: APIContext) async throws -> Response {
        let subject = try await subject(request, context, needs: .videoLive)
        guard subject.camera.removedAt == nil else { throw Problem.missing }
        guard let edge = try await subject.reader.edge() else { throw Self.noVideo }
        try await services.noteFootage(
            subject.principal,
            subject.camera.id,
            what: "live/\(subject.stream.rawValue)",
            details: ["what": "live", "stream": subject.stream.rawValue],
            isLive: true
        )
        do throws(EdgeError) {
            let text = try await services.edge.livePlaylist(
                at: edge,
                camera: subject.camera.id,
                stream: subject.stream
            )
            return playlist(text, request)
        } catch {
            guard error.code == .notFound else {
                throw Problem.unavailable("The camera's worker does not answer; try again.")
            }
            throw Self.noVideo
        }
    }

    private func archive(_ request: Request, _ context: APIContext) async throws -> Response {
        let subject = try await subject(request, context, needs: .videoArchive)
        let now = services.now()
        let range = try TimeRange(subject.query, now: now)
        let recording = try await subject.reader.archive(range)
        let rows = Dictionary(
            recording.rows.map { ($0.sealed.chunk.identity, $0) },
            uniquingKeysWith: { $1 }
        )
        let length = (range.to.microseconds - range.from.microseconds) / 1_000
        let expires = now.adding(milliseconds: length + Self.archiveGrace)
        let signer = services.signer
        let text: String
        do throws(ArchivePlaylistError) {
            text = try ArchivePlaylist.render(
                chunks: recording.rows.map(\.sealed.chunk) + recording.held,
                gaps: recording.gaps + recording.heldGaps,
                from: range.from,
                to: range.to,
                now: now,
                media: { chunk in
                    let path =
                        rows[chunk.identity].map { MediaRoutes.path(object: $0.key) }
                        ?? MediaRoutes.path(spool: chunk.identity)
                    return signer.signed(path, expires: expires)
                }
            )
        } catch {
            throw Problem.invalid("to", error.message, example: "to=\(range.to)")
        }
        try await services.noteFootage(
            subject.principal,
            subject.camera.id,
            what: "archive/\(subject.stream.rawValue)/\(range.from.microseconds / 3_600_000_000)"
                + "/\(range.to.microseconds / 3_600_000_000)",
            details: [
                "what": "archive", "stream": subject.stream.rawValue, "from": "\(range.from)",
                "to": "\(range.to)",
            ],
            isLive: false
        )
        return playlist(text, request, incomplete: recording.incomplete)
    }

    private func timeline(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(
            request,
            needs: .camerasRead,
            at: try context.identifier("id")
        )
        let subject = try await subject(
            context.identifier("id"),
            request.query(),
            principal
        )
        let range = try TimeRange(subject.query, now: services.now())
        let recording = try await subject.reader.holdings(range.from, range.to)
        let catalog = services.catalog
        let (tenant, camera) = (principal.tenant, subject.camera.id)
        let spans = try await catalog.recordedSpans(
            tenant,
            camera,
            subject.stream,
            from: range.from,
            to: range.to
        )
        let gaps = try await catalog.gaps(
            tenant,
            camera,
            subject.stream,
            from: range.from,
            to: range.to
        )
        var open: [Gap] = []
        if !recording.isWorkerThere, subject.camera.removedAt == nil {
            let report = try await catalog.streamReport(tenant, camera, subject.stream)
            open += StreamCondition.gapOfDeadWorker(report, now: services.now()).map { [$0] } ?? []
        }
        let timeline = Timeline(
            spans: spans.map { TimelineSpan(start: $0.start, end: $0.end) }
                + recording.held.map { TimelineSpan(start: $0.start, end: $0.end) },
            gaps: gaps + recording.heldGaps + open,
            from: range.from,
            to: range.to
        )
        var headers: HTTPFields = [:]
        if let name = Self.incomplete { headers[name] = recording.incomplete }
        return JSONText.response(timeline, headers: headers)
    }

    private struct Playback: Encodable {
        var index: String
        var live: String
        var archive: String?
        var expiresAt: WallTime
    }

    /// Playlist URLs that need no header.
    private func playback(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(
            request,
            needs: .videoLive,
            at: try context.identifier("id")
        )
        let subject = try await subject(
            context.identifier("id"),
            request.query(),
            principal
        )
        // All that the URLs need is asked for now: they play also if the database goes away next.
        let key = LiveMemory.UserKey(tenant: principal.tenant, user: principal.user)
        let user = try await services.liveMemory.users.value(key) {
            () async throws(CatalogError) in
            try await services.catalog.user(principal.tenant, principal.user)
        }
        guard let user, user.disabledAt == nil else { throw Problem.unauthorized }
        _ = try await subject.reader.edge()
        let allowsArchive = try await services.may(
            principal,
            .videoArchive,
            at: subject.camera.id
        )
        let now = services.now()
        let ticket = PlaylistTicket(
            tenant: principal.tenant,
            user: principal.user,
            session: principal.session,
            camera: subject.camera.id,
            allowsArchive: allowsArchive,
            expiresAt: now.microseconds / 1_000_000 + PlaylistTicket.lifetime
        )
        let token = ticket.text(key: services.keys.derive(.playlistToken))
        let stream = subject.stream == .main ? "" : "&stream=\(subject.stream.rawValue)"
        let base = "/hls/\(subject.camera.id)"
        var archive: String?
        if subject.query["from"] != nil || subject.query["to"] != nil {
            let range = try TimeRange(subject.query, now: now)
            archive =
                "\(base)/archive.m3u8?from=\(range.from)&to=\(range.to)&token=\(token)\(stream)"
        }
        return JSONText.response(
            Playback(
                index: "\(base)/index.m3u8?token=\(token)\(stream)",
                live: "\(base)/live.m3u8?token=\(token)\(stream)",
                archive: archive,
                expiresAt: WallTime(seconds: ticket.expiresAt)
            )
        )
    }

    private func playlist(
        _ text: String,
        _ request: Request,
        incomplete: String? = nil
    ) -> Response {
        var headers: HTTPFields = [.contentType: Self.playlistType, .cacheControl: "no-store"]
        if let name = Self.incomplete { headers[name] = incomplete }
        headers[.vary] = "Accept-Encoding"
        var bytes = Array(text.utf8)
        if bytes.count >= Gzip.threshold, Self.takesGzip(request.headers[.acceptEncoding]) {
            bytes = Gzip.compress(bytes)
            headers[.contentEncoding] = "gzip"
        }
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    /// Whether an `Accept-Encoding` lists gzip, and not with the weight 0.
    private static func takesGzip(_ header: String?) -> Bool {
        guard let header else { return false }
        return header.lowercased().split(separator: ",").contains { item in
            let parts = item.split(separator: ";").map { part in part.filter { $0 != " " } }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
            return parts.first == "gzip" && weight.map { Double($0.dropFirst(2)) ?? 0 > 0 } ?? true
        }
    }
}
