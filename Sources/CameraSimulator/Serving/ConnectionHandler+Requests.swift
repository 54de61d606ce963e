import Domain
import NIOCore

/// The requests of RTSP/1.0 (RFC 2326) that a camera answers.
extension ConnectionHandler {
    static let methods =
        "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN"

    func receive(_ request: Request) {
        if request.isHTTP { return control(request) }
        if url == nil || camera == nil { begin(request) }
        if has(.freeze) { return }
        if has(.refuse) { return close() }
        guard let response = answer(request) else { return }
        // Ended before it is answered: no packet follows, and the place is free for the next.
        if request.method == "TEARDOWN", response.status == 200 { endSession() }
        send(response, to: request)
    }

    /// Learns from the first URL which camera is meant and what its query asks for.
    private func begin(_ request: Request) {
        let url = RequestURL(request.url)
        guard let number = url.camera, engine.cameras.indices.contains(number) else { return }
        self.url = url
        camera = number
        immediate = Set(url.faults.filter { $0.afterSeconds == nil }.map(\.fault))
        pending = url.faults
        engine.ledger.note(camera: number) { $0.connections += 1 }
    }

    /// Nil if the answer comes in another way.
    private func answer(_ request: Request) -> Response? {
        if request.method == "OPTIONS" { return Response(200, [("Public", Self.methods)]) }
        guard let url, let camera, RequestURL(request.url).camera == camera else {
            return Response(404)
        }
        guard url.unknown.isEmpty else {
            return Response(400, [("Warning", "unknown in the query: \(url.unknown)")])
        }
        if let refusal = refusal(request, camera) { return refusal }
        switch request.method {
        case "DESCRIBE": return describe(request, camera)
        case "SETUP": return setUp(request, camera)
        case "PLAY": return play(request, camera, url)
        case "PAUSE", "GET_PARAMETER", "SET_PARAMETER":
            guard let session else { return Response(454) }
            return Response(200, [("Session", session)])
        case "TEARDOWN": return session == nil ? Response(454) : Response(200)
        default: return Response(405, [("Allow", Self.methods)])
        }
    }

    private func refusal(_ request: Request, _ camera: Int) -> Response? {
        let authorization = request.headers["authorization"]
        var verdict = authenticator.verdict(
            authorization: authorization,
            method: request.method
        )
        if has(.unauthorized) { verdict = .refused }
        guard verdict != .accepted else {
            // The client learns of the new nonce from its next request's 401.
            if has(.staleNonce) { authenticator.renew(nonce: generator.token()) }
            return nil
        }
        if verdict == .refused, authorization != nil {
            engine.ledger.note(camera: camera) { $0.authenticationFailures += 1 }
        }
        let challenges = authenticator.challenges(stale: verdict == .stale)
        return Response(401, challenges.map { ("WWW-Authenticate", $0) })
    }

    private func describe(_ request: Request, _ camera: Int) -> Response? {
        for case .redirect(let target) in immediate.union(engine.cameras[camera].lasting) {
            return Response(302, [("Location", target)])
        }
        let clip = engine.cameras[camera].cursor.clip
        let response = Response(
            200,
            [("Content-Type", "application/sdp"), ("Content-Base", base(request))],
            body: SessionDescription(clip, host: engine.configuration.host).text
        )
        if has(.endlessHeader) {
            isEndless = true
            let head = "RTSP/1.0 200 OK\r\nCSeq: \(request.headers["cseq"] ?? "0")\r\n"
            channel.writeAndFlush(ByteBuffer(string: head), promise: nil)
            return nil
        }
        guard has(.slowDescription) else { return response }
        trickle += response.bytes(to: request)
        return nil
    }

    private func base(_ request: Request) -> String {
        request.url.hasSuffix("/") ? request.url : request.url + "/"
    }

    private func setUp(_ request: Request, _ camera: Int) -> Response {
        let clip = engine.cameras[camera].cursor.clip
        guard let track = RequestURL(request.url).track, track == 0 || track == 1,
            track == 0 || clip.audio != nil
        else { return Response(404) }
        guard media == nil else { return Response(455) }
        guard
            let transport = InterleavedTransport(
                header: request.headers["transport"] ?? "",
                track: track
            )
        else { return Response(461) }
        if session == nil {
            let most = engine.configuration.sessionsPerCamera
            guard engine.ledger.snapshot.cameras[camera].sessionsNow < most else {
                return Response(453)
            }
            session = generator.token()
            engine.ledger.note(camera: camera) {
                $0.sessionsNow += 1
                $0.sessionsPeak = max($0.sessionsPeak, $0.sessionsNow)
            }
        }
        transports[track] = transport
        let timeout = engine.configuration.sessionTimeoutSeconds
        return Response(
            200,
            [
                ("Transport", transport.header),
                ("Session", "\(session ?? "");timeout=\(timeout)"),
            ]
        )
    }

    private func play(_ request: Request, _ camera: Int, _ url: RequestURL) -> Response? {
        guard let session, !transports.isEmpty else { return Response(454) }
        guard media == nil else { return Response(200, [("Session", session)]) }
        let state = engine.cameras[camera]
        let clip = state.cursor.clip
        let now = engine.now
        let media = MediaSession(
            camera: camera,
            clock: state.clock,
            cursor: state.cursor,
            channel: channel,
            ledger: engine.ledger,
            video: transports[0].map {
                TrackSender(transport: $0, clockRate: 90_000, generator: &generator)
            },
            audio: clip.audio.flatMap { audio in
                transports[1].map {
                    TrackSender(
                        transport: $0,
                        clockRate: audio.sampleRate,
                        generator: &generator
                    )
                }
            },
            url: url,
            generator: generator,
            now: now
        )
        let base = base(request)
        let info = media.beginnings.map {
            "url=\(base)trackID=\($0.track);seq=\($0.sequence);rtptime=\($0.timestamp)"
        }
        // The answer must be out before the first packet.
        send(
            Response(
                200,
                [
                    ("Session", session), ("Range", "npt=now-"),
                    ("RTP-Info", info.joined(separator: ",")),
                ]
            ),
            to: request
        )
        self.media = media
        playedAt = now
        for fault in state.lasting { apply(fault) }
        advance(to: now)
        return nil
    }
}
