internal import CLinux
internal import Domain
internal import Glibc

/// One outgoing TCP connection on an event loop. Never blocks.
///
/// The address policy is asked about the address itself, at every connect: neither a name nor a
/// changed name server answer leads elsewhere. Used on the loop's thread only.
package final class TCPStream {
    /// From the attempt to the answer, for each address: a camera on a network answers in
    /// milliseconds; one lost SYN costs a second.
    static let connectTimeout = Duration.seconds(5)
    /// For the name server.
    static let resolveTimeout = Duration.seconds(5)
    /// Bytes that may wait to be sent; requests are a few hundred.
    static let sendLimit = 64 << 10
    /// Addresses of one name that are tried.
    static let addressLimit = 4
    /// See `EventLoop`. Above an ordinary picture of 2 Mbit/s and 20 a second, which the sweep brings,
    /// and below its key pictures: these end segments, and players wait for that. Used until the
    /// owner tells how large they are.
    static let lowWaterMark = 16 << 10
    /// No mark is below or above: many wake-ups; a socket's buffer that is full before.
    static let lowWaterMarks = (4 << 10)...(64 << 10)
    /// The rest of what the peer is sending is asked for after this time, and after twice as long
    /// each time that brings not all of it.
    static let restDelay = Duration.milliseconds(4)
    /// Times in a row: 60 ms in all, then the sweep is there.
    static let restLimit = 4
    /// What is sent and not acknowledged for this long ends the connection, milliseconds.
    static let userTimeout: Int32 = 10_000

    private enum State {
        case idle
        case resolving
        case connecting
        case open
        case closed
    }

    package let host: String
    package let port: Int
    /// Called on the loop's thread; not held.
    package weak var owner: (any TCPStreamOwner)?

    private let network: Network
    private var state = State.idle
    private var socket: SocketSlot?
    private var rest: [IPAddress] = []
    private var timer: TimerQueue<() -> Void>.Token?
    private var output: [UInt8] = []
    private var sent = 0
    private var isSwept = false
    private var mark = TCPStream.lowWaterMark
    private var lastRead = MonotonicTime(nanoseconds: 0)
    private var isRestDue = false
    private var restTries = 0

    package init(_ network: Network, host: String, port: Int) {
        self.network = network
        self.host = host
        self.port = port
    }

    /// Begins to connect; what comes of it is told to the owner, never before this returns.
    package func open() {
        guard case .idle = state else { return }
        state = .resolving
        if let address = IPAddress(host) {
            network.loop.at(network.loop.now) { [weak self] in self?.resolved([address]) }
            return
        }
        do throws(SocketsError) {
            try network.resolve(host) { [weak self] in self?.resolved($0) }
            let name = host
            startTimer(Self.resolveTimeout) {
                SocketsError(.unresolved, "the name server did not answer for \(name) in time")
            }
        } catch {
            network.loop.at(network.loop.now) { [weak self] in self?.fail(error) }
        }
    }

    /// Sends bytes, in order. More than `sendLimit` waiting ends the connection.
    package func send(_ bytes: [UInt8]) {
        guard case .open = state, !bytes.isEmpty else { return }
        guard output.count - sent + bytes.count <= Self.sendLimit else {
            return fail(SocketsError(.sendQueueFull, "\(peer) does not read what it is sent"))
        }
        output += bytes
        flush()
    }

    /// From now on read seldom and much: for the stream of media.
    package func expectMedia() {
        guard let socket, !isSwept else { return }
        isSwept = true
        SystemCalls.setOption(socket.number, SOL_SOCKET, SO_RCVLOWAT, Int32(mark))
        socket.expectMedia()
    }

    /// What the owner does not want to wait for comes in one go and is about so long.
    package func expectBursts(of bytes: Int) {
        guard isSwept, let socket else { return }
        // Five eighths: such pictures vary, and one that stays below waits for the sweep.
        let wanted = min(
            max(bytes / 8 * 5, Self.lowWaterMarks.lowerBound),
            Self.lowWaterMarks.upperBound
        )
        // They vary a little each time, and a system call is not worth that.
        guard wanted > mark + mark / 4 || wanted < mark - mark / 4 else { return }
        mark = wanted
        SystemCalls.setOption(socket.number, SOL_SOCKET, SO_RCVLOWAT, Int32(mark))
    }

    /// The owner is in the middle of something urgent: its last bytes are below the low-water mark,
    /// and are read soon all the same.
    package func expectRest() {
        guard isSwept, !isRestDue, restTries < Self.restLimit else { return }
        isRestDue = true
        let delay = Self.restDelay * (1 << restTries)
        restTries += 1
        network.loop.at(network.loop.now + delay) { [weak self] in
            self?.isRestDue = false
            self?.receive()
        }
    }

    /// Ends the connection after what could be sent at once; the owner hears no more of it.
    package func close() {
        owner = nil
        shutDown()
    }

    /// Ends the connection once the peer closes it or `limit` has passed; the owner hears no more of
    /// it. What comes is read and thrown away: closing over unread bytes would reset the
    /// connection, and the last request might never be read.
    package func finish(within limit: Duration) {
        owner = nil
        guard case .open = state else { return shutDown() }
        timer = network.loop.at(network.loop.now + limit) { [self] in shutDown() }
    }

    private var peer: String {
        "\(host):\(port)"
    }

    private func resolved(_ addresses: [IPAddress]) {
        guard case .resolving = state else { return }
        guard !addresses.isEmpty else {
            return fail(SocketsError(.unresolved, "the name \(host) has no address"))
        }
        rest = addresses.filter { network.policy.allows($0) }.prefix(Self.addressLimit).reversed()
        guard !rest.isEmpty else {
            return fail(
                SocketsError(
                    .addressRefused,
                    "\(host) is outside the networks that cameras may be in (CAMERA_NETWORKS)"
                )
            )
        }
        connectNext()
    }

    private func connectNext() {
        guard let address = rest.popLast(), let port = UInt16(exactly: port) else {
            return fail(SocketsError(.unreachable, "\(peer) cannot be reached"))
        }
        state = .connecting
        do throws(SocketsError) {
            socket = try SocketSlot(network.loop, address, port, peer, self)
        } catch {
            return attemptFailed(error)
        }
        let name = peer
        startTimer(Self.connectTimeout) {
            SocketsError(.timeout, "\(name) did not answer in time")
        }
    }

    private func attemptFailed(_ error: SocketsError) {
        stopTimer()
        socket = nil
        if rest.isEmpty { fail(error) } else { connectNext() }
    }

    private func startTimer(_ limit: Duration, _ error: @escaping () -> SocketsError) {
        stopTimer()
        timer = network.loop.at(network.loop.now + limit) { [weak self] in
            guard let self else { return }
            timer = nil
            if case .connecting = state { attemptFailed(error()) } else { fail(error()) }
        }
    }

    private func stopTimer() {
        if let timer { network.loop.cancel(timer) }
        timer = nil
    }

    private func fail(_ error: SocketsError?) {
        if case .closed = state { return }
        let owner = owner
        shutDown()
        owner?.streamEnded(self, error)
    }

    private func shutDown() {
        stopTimer()
        state = .closed
        socket = nil
        output = []
    }

    private func flush() {
        guard let socket else { return }
        while sent < output.count {
            switch SystemCalls.send(socket.number, output, from: sent) {
            case .bytes(let count):
                sent += count
            case .wouldBlock:
                return socket.watchOutput(true)
            case .failed(let number):
                return fail(.connection(number, peer))
            }
        }
        output = []
        sent = 0
        socket.watchOutput(false)
    }

    private func receive() {
        guard case .open = state, let socket else { return }
        switch SystemCalls.receive(socket.number, network.loop.buffer) {
        case .bytes(0):
            fail(nil)
        case .bytes(let count):
            lastRead = network.loop.now
            network.loop.buffer.withSpan(count) { owner?.stream(self, received: $0) }
        case .wouldBlock:
            break
        case .failed(let number):
            fail(.connection(number, peer))
        }
    }
}

extension TCPStream: EventSource {
    func ready(_ flags: UInt32) {
        if case .connecting = state, let socket {
            let number = SystemCalls.pendingError(socket.number)
            guard number == 0 else { return attemptFailed(.connection(number, peer)) }
            stopTimer()
            rest = []
            state = .open
            socket.watchOutput(false)
            owner?.streamOpened(self)
            return
        }
        if flags & EPOLLOUT.rawValue != 0 { flush() }
        if flags & ~EPOLLOUT.rawValue != 0 {
            restTries = 0
            receive()
        }
    }

    func sweep() {
        // What was read just now has next to nothing again.
        guard network.loop.now >= lastRead + EventLoop.sweepInterval / 2 else { return }
        receive()
    }
}
