package import Domain

/// The client's half of one RTSP 1.0 session over TCP with interleaved media (RFC 2326).
///
/// A value: its owner moves the bytes, tells the time and takes the events. After every call take
/// `takeOutput` and `nextEvent` until they are empty. `failed` and `closed` end it; a TEARDOWN may
/// then still be in the output, worth sending before the connection is closed.
///
/// Nothing is recorded before PLAY is answered: frames that come earlier belong to sessions that
/// the camera has not forgotten.
package struct RTSPClient: Sendable {
    /// What a session is for.
    package struct Configuration: Sendable {
        package var url: CameraURL
        /// Only ever sent on this session's connection, to this URL's host.
        package var credentials: CameraCredentials?
        package var userAgent: String
        /// Random and new for every session: the client's nonces come from it.
        package var nonceSeed: UInt64

        package init(
            url: CameraURL,
            credentials: CameraCredentials?,
            userAgent: String,
            nonceSeed: UInt64
        ) {
            self.url = url
            self.credentials = credentials
            self.userAgent = userAgent
            self.nonceSeed = nonceSeed
        }
    }

    /// From the connection to the answer of PLAY. Cameras that sleep take up to 6 s.
    package static let handshakeDeadline: Duration = .seconds(10)
    /// Bytes waiting to be sent. A session sends a few hundred at a time; a camera that floods it
    /// with requests and reads no answers is cut off.
    package static let outputLimit = 64 << 10

    enum Phase: Equatable {
        case idle
        case handshake
        case playing
        case ended
    }

    let configuration: Configuration
    var phase = Phase.idle
    var framer = MessageFramer()
    var authenticator: Authenticator
    var events = EventQueue()
    var output: [UInt8] = []
    var requestNumber = 0
    var pending: PendingRequest?
    var deadline = MonotonicTime(nanoseconds: 0)

    var address: String
    var session: SessionHeader?
    var keepAliveMethod = "GET_PARAMETER"
    var nextKeepAlive = MonotonicTime(nanoseconds: 0)

    var description = RTSPDescription()
    var setups: [TrackSetup] = []
    var video: VideoTrack?
    var videoChannels: InterleavedChannels?
    var audio: AudioTrack?
    var audioChannels: InterleavedChannels?

    /// A session that waits for its connection.
    package init(_ configuration: Configuration) {
        self.configuration = configuration
        address = configuration.url.description
        authenticator = Authenticator(
            credentials: configuration.credentials,
            nonceSeed: configuration.nonceSeed
        )
    }

    /// The connection stands; the first request is in the output.
    package mutating func connected(at now: MonotonicTime) {
        guard phase == .idle else { return }
        phase = .handshake
        deadline = now + Self.handshakeDeadline
        attempt { client throws(RTSPError) in try client.sendOptions() }
    }

    /// Bytes from the camera, split anywhere. Nothing of them is referred to afterwards.
    package mutating func receive(_ bytes: Span<UInt8>, at now: MonotonicTime) {
        guard phase == .handshake || phase == .playing else { return }
        do throws(RTSPError) {
            var position = 0
            while let piece = try framer.next(bytes, &position) {
                switch piece {
                case .frame(let channel, let content):
                    try receiveFrame(channel, bytes.extracting(content))
                case .bufferedFrame(let channel):
                    let frame = framer.takeFrame()
                    try receiveFrame(channel, frame.span.extracting(4..<frame.count))
                    framer.reuse(frame)
                case .message(let message):
                    try receiveMessage(message, at: now)
                }
                if phase == .ended { return }
                guard !events.isFull else {
                    throw RTSPError(.limit, "the camera sends more packets than can be taken")
                }
            }
        } catch {
            let isLost = error == Message.unreadable && phase == .playing
            fail(isLost ? Self.lostPlace : error)
        }
    }

    private static let lostPlace = RTSPError(
        .protocolViolation,
        "the camera sent bytes that are neither RTSP nor RTP in the middle of its stream"
    )

    /// Time passes: call it at least once a second.
    package mutating func tick(at now: MonotonicTime) {
        switch phase {
        case .handshake:
            guard now >= deadline else { return }
            fail(
                RTSPError(
                    .timeout,
                    "the camera did not start playing within"
                        + " \(Self.handshakeDeadline.components.seconds) s"
                )
            )
        case .playing:
            guard now >= nextKeepAlive else { return }
            scheduleKeepAlive(from: now)
            attempt { client throws(RTSPError) in try client.sendKeepAlive() }
        case .idle, .ended: break
        }
    }

    /// Ends the session politely.
    package mutating func close() {
        guard phase != .ended else { return }
        sendTeardown()
        phase = .ended
        events.append(.closed)
    }

    /// What is to be sent, once.
    package mutating func takeOutput() -> [UInt8] {
        var bytes: [UInt8] = []
        swap(&bytes, &output)
        return bytes
    }

    /// The oldest event that was not taken yet.
    package mutating func nextEvent() -> RTSPEvent? {
        events.pop()
    }

    /// Whether a part of a key picture is here and its end is not: players wait for that.
    ///
    /// Asked in place, which it does not change: a copy of the session would cost more.
    package var isInKeyPicture: Bool {
        mutating get { video?.isInKeyPicture ?? false }
    }

    mutating func attempt(_ body: (inout RTSPClient) throws(RTSPError) -> Void) {
        do throws(RTSPError) {
            try body(&self)
        } catch {
            fail(error)
        }
    }

    mutating func fail(_ error: RTSPError) {
        guard phase != .ended else { return }
        sendTeardown()
        phase = .ended
        events.append(.failed(error))
    }

    mutating func scheduleKeepAlive(from now: MonotonicTime) {
        let timeout = session?.timeout ?? SessionHeader.defaultTimeout
        nextKeepAlive = now + .milliseconds(timeout * 500)
    }

    private mutating func receiveFrame(
        _ channel: UInt8,
        _ packet: Span<UInt8>
    ) throws(RTSPError) {
        guard phase == .playing else { return }
        if let channels = videoChannels {
            if channel == channels.media {
                try video?.receive(packet, &events)
                return
            }
            if channel == channels.control {
                video?.receiveControl(packet, &events)
                return
            }
        }
        guard let channels = audioChannels else { return }
        if channel == channels.media {
            try audio?.receive(packet, &events)
        } else if channel == channels.control {
            audio?.receiveControl(packet, &events)
        }
        // Frames of other channels were never asked for.
    }
}
