internal import Domain
internal import RTSP
internal import Sockets

/// A camera by RTSP over TCP: moves bytes between a `TCPStream` and an `RTSPClient`.
final class RTSPInput: CameraInput {
    weak var owner: (any CameraInputOwner)?

    private let loop: EventLoop
    private let stream: TCPStream
    private let mark: StreamMark
    private var client: RTSPClient
    private var isPlaying = false
    private var hasEnded = false

    /// - Parameters:
    ///   - credentials: For this URL's host only; nil after a redirect elsewhere.
    ///   - mark: Held while anything that the camera sent is worked on.
    init(_ network: Network, url: CameraURL, credentials: CameraCredentials?, mark: StreamMark) {
        loop = network.loop
        self.mark = mark
        stream = TCPStream(network, host: url.host, port: url.port)
        client = RTSPClient(
            .init(
                url: url,
                credentials: credentials,
                userAgent: "SPARC",
                nonceSeed: UInt64.random(in: .min ... .max)
            )
        )
        stream.owner = self
    }

    func open() {
        stream.open()
    }

    func tick() {
        guard !hasEnded else { return }
        client.tick(at: loop.now)
        deliver()
    }

    func close() {
        guard !hasEnded else { return }
        hasEnded = true
        client.close()
        stream.send(client.takeOutput())
        stream.finish(within: RecorderLimits.farewell)
    }

    /// Sends what the client wants sent and tells what it found.
    private func deliver() {
        while !hasEnded, let event = client.nextEvent() {
            switch event {
            case .playing(let description):
                isPlaying = true
                stream.expectMedia()
                owner?.input(self, .playing(description))
            case .parameters(let parameters):
                owner?.input(self, .parameters(parameters))
            case .unit(let unit):
                if unit.isKey, unit.track == .video { stream.expectBursts(of: unit.bytes.count) }
                owner?.input(self, .unit(unit))
            case .loss(let track, let packets):
                owner?.input(self, .loss(track, packets: packets))
            case .senderReport(let track, let ntp, let rtp):
                owner?.input(self, .senderReport(track, ntp: ntp, rtp: rtp))
            case .unsupported(let text):
                owner?.input(self, .warning(text))
            case .closed:
                end(InputEnd(kind: .broken, message: "the session is closed"))
            case .failed(let error):
                end(Self.end(of: error))
            }
        }
        if !hasEnded { stream.send(client.takeOutput()) }
    }

    private func end(_ end: InputEnd) {
        guard !hasEnded else { return }
        hasEnded = true
        // A TEARDOWN may be there: a camera that keeps the session refuses the next one.
        stream.send(client.takeOutput())
        stream.finish(within: RecorderLimits.farewell)
        owner?.input(self, .ended(end))
    }

    private static func end(of error: RTSPError) -> InputEnd {
        switch error.code {
        case .authentication:
            InputEnd(kind: .authentication, message: error.message)
        case .redirect:
            InputEnd(
                kind: error.redirectTarget.map { .redirect($0) } ?? .refused,
                message: error.message
            )
        case .unsupported, .notFound:
            InputEnd(kind: .refused, message: error.message)
        case .protocolViolation, .limit, .timeout, .rejected, .ended:
            InputEnd(kind: .broken, message: error.message)
        }
    }
}

extension RTSPInput: TCPStreamOwner {
    func streamOpened(_ stream: TCPStream) {
        let previous = mark.enter()
        defer { mark.leave(previous) }
        client.connected(at: loop.now)
        deliver()
    }

    func stream(_ stream: TCPStream, received bytes: Span<UInt8>) {
        let previous = mark.enter()
        defer { mark.leave(previous) }
        client.receive(bytes, at: loop.now)
        deliver()
        if isPlaying, !hasEnded, client.isInKeyPicture { stream.expectRest() }
    }

    func streamEnded(_ stream: TCPStream, _ error: SocketsError?) {
        guard !hasEnded else { return }
        let previous = mark.enter()
        defer { mark.leave(previous) }
        // What came before the end is still good.
        deliver()
        guard !hasEnded else { return }
        hasEnded = true
        let message = error?.message ?? "the camera closed the connection"
        let kind: InputEnd.Kind =
            if error?.isRetryable == false {
                .refused
            } else {
                isPlaying ? .broken : .unreachable
            }
        owner?.input(self, .ended(InputEnd(kind: kind, message: message)))
    }
}
