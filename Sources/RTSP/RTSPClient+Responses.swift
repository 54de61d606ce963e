import Domain

/// What the session makes of the camera's messages.
extension RTSPClient {
    mutating func receiveMessage(_ message: Message, at now: MonotonicTime) throws(RTSPError) {
        switch message.start {
        case .request(let method): try receiveRequest(method, message)
        case .response(let status): try receiveResponse(status, message, at: now)
        }
    }

    private mutating func receiveRequest(
        _ method: String,
        _ message: Message
    ) throws(RTSPError) {
        switch method {
        case "OPTIONS", "GET_PARAMETER", "SET_PARAMETER", "ANNOUNCE":
            try respond("200 OK", to: message)
        case "REDIRECT": throw Self.redirect(message)
        case "TEARDOWN": throw RTSPError(.ended, "the camera ended the session")
        default: try respond("501 Not Implemented", to: message)
        }
    }

    private mutating func receiveResponse(
        _ status: Int,
        _ message: Message,
        at now: MonotonicTime
    ) throws(RTSPError) {
        guard status >= 200, var request = pending else { return }
        // A late response to a request that was given up. One without number answers the request
        // that waits: there is only one.
        if let text = message["cseq"], let number = ASCII.number(text, atMost: .max),
            number != request.number
        {
            return
        }
        pending = nil
        if status == 401 {
            try authenticator.learn(
                message.all("www-authenticate"),
                answered: request.isAuthorized,
                attempt: request.refusals
            )
            request.refusals += 1
            request.isAuthorized = false
            try send(request)
            return
        }
        guard 200..<300 ~= status else {
            try receiveRefusal(status, request, message)
            return
        }
        switch request.kind {
        case .options:
            readMethods(message)
            try sendDescribe()
        case .describe: try receiveDescription(message)
        case .setup(let index): try receiveSetup(index, message)
        case .play: receivePlay(message, at: now)
        case .keepAlive: break
        }
    }

    /// Some refusals cost only what was asked for.
    private mutating func receiveRefusal(
        _ status: Int,
        _ request: PendingRequest,
        _ message: Message
    ) throws(RTSPError) {
        if 300..<400 ~= status { throw Self.redirect(message) }
        switch request.kind {
        case .options:
            // Servers that know no OPTIONS exist; DESCRIBE will tell what is wrong.
            try sendDescribe()
        case .setup(let index):
            guard case .audio = setups[index].track else {
                throw Self.refusal(status, request.method)
            }
            audio = nil
            description.audio = nil
            description.warnings.append(
                "the camera refuses its audio track (status \(status)); only video is recorded"
            )
            try setUp(after: index)
        case .keepAlive:
            if status == 454 { throw RTSPError(.ended, "the camera has forgotten the session") }
            keepAliveMethod = "OPTIONS"
        case .describe, .play: throw Self.refusal(status, request.method)
        }
    }

    private static func refusal(_ status: Int, _ method: String) -> RTSPError {
        switch status {
        case 403:
            RTSPError(.authentication, "the camera forbids this user to watch (403 to \(method))")
        case 404, 410:
            RTSPError(
                .notFound,
                "the camera has no stream at this path (\(status)); check the URL's path"
            )
        case 408: RTSPError(.timeout, "the camera gave up waiting (408 to \(method))")
        case 461:
            RTSPError(.unsupported, "the camera does not offer RTP over TCP; allow it there")
        default:
            RTSPError(.rejected, "the camera refused \(method) with status \(status)")
        }
    }

    private static func redirect(_ message: Message) -> RTSPError {
        let target = message["location"].flatMap { try? CameraURL.parse($0).url }
        return RTSPError(
            .redirect,
            target == nil
                ? "the camera redirects to an address that cannot be used"
                : "the camera redirects to another address; set its URL to that one",
            redirectTarget: target
        )
    }

    /// GET_PARAMETER keeps a session alive everywhere but where a server lists its methods without
    /// it; there OPTIONS does.
    private mutating func readMethods(_ message: Message) {
        guard let list = message["public"] else { return }
        let known = list.split(separator: ",").contains {
            ASCII.equal(ASCII.trimmed($0), "GET_PARAMETER")
        }
        if !known { keepAliveMethod = "OPTIONS" }
    }

    private mutating func receiveDescription(_ message: Message) throws(RTSPError) {
        guard !message.body.isEmpty else {
            throw RTSPError(.protocolViolation, "the camera sent an empty description")
        }
        let parsed = try SessionDescription(message.body.span)
        let plan = TrackPlan(parsed)
        guard let video = plan.video else {
            let reasons = plan.warnings.isEmpty ? "" : ": " + plan.warnings.joined(separator: "; ")
            throw RTSPError(.unsupported, "the camera offers no video to record\(reasons)")
        }
        let base = ControlAddress.base(message, requested: address)
        address = ControlAddress.resolve(parsed.control, base: base)
        description.warnings = plan.warnings
        description.hasVideo = video.codec
        description.videoClockRate = video.clockRate
        setups = [
            TrackSetup(
                track: .video(video),
                address: ControlAddress.resolve(video.control, base: base),
                channels: InterleavedChannels(track: 0)
            )
        ]
        if let audio = plan.audio {
            setups.append(
                TrackSetup(
                    track: .audio(audio),
                    address: ControlAddress.resolve(audio.control, base: base),
                    channels: InterleavedChannels(track: 1)
                )
            )
        }
        try sendSetup(0)
    }

    private mutating func receiveSetup(_ index: Int, _ message: Message) throws(RTSPError) {
        let setup = setups[index]
        if let text = message["session"], let header = SessionHeader(text) { session = header }
        let channels = InterleavedChannels(
            transport: message["transport"],
            asked: setup.channels
        )
        guard let channels else {
            throw RTSPError(
                .unsupported,
                "the camera does not send RTP over the RTSP connection; allow TCP there"
            )
        }
        switch setup.track {
        case .video(let plan):
            let track = VideoTrack(plan)
            video = track
            videoChannels = channels
            description.video = track.parameters
        case .audio(let plan):
            guard videoChannels.map({ $0.overlaps(channels) }) != true else {
                throw RTSPError(
                    .protocolViolation,
                    "the camera puts both tracks on the same channel"
                )
            }
            let track = AudioTrack(plan)
            audio = track
            audioChannels = channels
            description.audio = track.parameters
        }
        try setUp(after: index)
    }

    private mutating func setUp(after index: Int) throws(RTSPError) {
        if index + 1 < setups.count {
            try sendSetup(index + 1)
        } else {
            try sendPlay()
        }
    }

    /// `RTP-Info` is not read: cameras leave it half empty, and the packets say what they are.
    private mutating func receivePlay(_ message: Message, at now: MonotonicTime) {
        phase = .playing
        setups = []
        scheduleKeepAlive(from: now)
        for warning in description.warnings { events.append(.unsupported(warning)) }
        events.append(.playing(description))
    }
}
