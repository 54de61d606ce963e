internal import CLinux
internal import Domain
internal import Glibc

/// One connecting or connected socket and its place in the loop; both end with it.
final class SocketSlot {
    let token: UInt64
    private let descriptor: OpenDescriptor
    private let loop: EventLoop
    private var watchesOutput = true

    var number: Int32 { descriptor.number }

    /// Opens a socket and begins to connect it.
    init(
        _ loop: EventLoop,
        _ address: IPAddress,
        _ port: UInt16,
        _ peer: String,
        _ source: any EventSource
    ) throws(SocketsError) {
        let type = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let number = socket(address.isIPv4 ? AF_INET : AF_INET6, Int32(type), 0)
        guard number >= 0 else { throw .connection(errno, peer) }
        let descriptor = try OpenDescriptor(number, "socket")
        SystemCalls.setOption(number, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        SystemCalls.setOption(
            number,
            Int32(IPPROTO_TCP),
            TCP_USER_TIMEOUT,
            TCPStream.userTimeout
        )
        // A camera that lost its power says nothing: keep-alives end its half-open connection
        // even if nobody waits for packets.
        SystemCalls.setOption(number, SOL_SOCKET, SO_KEEPALIVE, 1)
        SystemCalls.setOption(number, Int32(IPPROTO_TCP), TCP_KEEPIDLE, 10)
        SystemCalls.setOption(number, Int32(IPPROTO_TCP), TCP_KEEPINTVL, 5)
        SystemCalls.setOption(number, Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
        if let failure = SystemCalls.connect(number, .init(address, port: port)) {
            throw .connection(failure, peer)
        }
        token = try loop.add(number, EPOLLOUT.rawValue, source)
        self.descriptor = descriptor
        self.loop = loop
    }

    deinit {
        loop.remove(descriptor.number, token: token)
    }

    /// Input is always watched once the connection stands; output only while bytes wait.
    func watchOutput(_ isWanted: Bool) {
        guard isWanted != watchesOutput else { return }
        watchesOutput = isWanted
        loop.change(number, flags, token: token)
    }

    /// From now on it is read seldom and much (`EventLoop`).
    func expectMedia() {
        loop.sweep(number, flags, token: token)
    }

    private var flags: UInt32 {
        let output = watchesOutput ? EPOLLOUT.rawValue : 0
        return EPOLLIN.rawValue | EPOLLRDHUP.rawValue | output
    }
}
