import Domain
import Glibc
import NIOCore

/// One TCP connection of a client: requests in, answers and packets out.
///
/// Confined to the farm's event loop.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let engine: FarmEngine
    let channel: any Channel
    var parser = RequestParser()
    var authenticator: Authenticator
    var generator: SeededGenerator
    /// The URL of the first request for a camera; its query holds for the connection.
    var url: RequestURL?
    /// The camera that the connection is about.
    var camera: Int?
    var transports: [Int: InterleavedTransport] = [:]
    /// From the first SETUP to TEARDOWN or the connection's end.
    var session: String?
    var media: MediaSession?
    var pending: [TimedFault] = []
    var immediate: Set<CameraFault> = []
    var lastSign: MonotonicTime
    var playedAt: MonotonicTime?
    /// Bytes of a slow answer that are still to come, and when the next is due.
    var trickle: [UInt8] = []
    var isEndless = false

    init(engine: FarmEngine, channel: any Channel) {
        self.engine = engine
        self.channel = channel
        generator = engine.makeGenerator()
        authenticator = Authenticator(
            engine.configuration.authentication,
            engine.configuration.credentials,
            nonce: generator.token()
        )
        lastSign = engine.now
    }

    func channelActive(context: ChannelHandlerContext) {
        engine.add(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        endSession()
        engine.remove(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        parser.append(unwrapInboundIn(data).readableBytesView)
        lastSign = engine.now
        do {
            while channel.isActive, let element = try parser.next() {
                if case .request(let request) = element { receive(request) }
            }
        } catch {
            let status = error == .tooLarge ? 413 : 400
            let request = Request(method: "", url: "", version: "RTSP/1.0", headers: [:])
            send(Response(status), to: request)
            close()
        }
    }

    func send(_ response: Response, to request: Request) {
        channel.writeAndFlush(ByteBuffer(bytes: response.bytes(to: request)), promise: nil)
    }

    func close() {
        channel.close(promise: nil)
    }

    /// Closes with RST.
    func reset() {
        guard let options = channel as? any SocketOptionProvider else { return close() }
        let channel = self.channel
        options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    /// True if a fault of this kind holds for the connection, by its URL or by its camera.
    func has(_ fault: CameraFault) -> Bool {
        immediate.contains(fault)
            || camera.map { engine.cameras[$0].lasting.contains(fault) } ?? false
    }

    func apply(_ fault: CameraFault) {
        if media?.apply(fault) == true { return }
        switch fault {
        case .drop, .refuse: close()
        case .reset: reset()
        case .clip(let name):
            guard let clip = engine.clip(name), let media else { return }
            if clip.codec == media.cursor.clip.codec { media.play(clip) } else { close() }
        default: immediate.insert(fault)
        }
    }

    /// Called on every tick of the farm.
    func advance(to now: MonotonicTime) {
        advanceTrickle()
        media?.advance(to: now)
        if let playedAt {
            let elapsed = (now - playedAt) / .seconds(1)
            for timed in pending where timed.afterSeconds.map({ $0 <= elapsed }) ?? true {
                apply(timed.fault)
            }
            pending.removeAll { $0.afterSeconds.map { $0 <= elapsed } ?? true }
        }
        let timeout = Duration.seconds(engine.configuration.sessionTimeoutSeconds)
        if now - lastSign > timeout { close() }
    }

    private func advanceTrickle() {
        if isEndless, channel.isWritable {
            let line = "X-Filler: \(String(repeating: "x", count: 1_000))\r\n"
            channel.writeAndFlush(ByteBuffer(string: line), promise: nil)
        }
        // One byte per ten ticks of 5 ms.
        guard !trickle.isEmpty else { return }
        trickleTicks += 1
        guard trickleTicks.isMultiple(of: 10) else { return }
        channel.writeAndFlush(ByteBuffer(bytes: [trickle.removeFirst()]), promise: nil)
    }

    private var trickleTicks = 0

    func endSession() {
        media = nil
        playedAt = nil
        transports = [:]
        guard session != nil, let camera else { return }
        session = nil
        engine.ledger.note(camera: camera) { $0.sessionsNow -= 1 }
    }
}
