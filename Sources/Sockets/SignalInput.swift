internal import CLinux
internal import Glibc

/// SIGTERM and SIGINT as events of a loop (signalfd): requests to end. To be made before any other thread exists, so that all
/// threads inherit the mask.
package final class SignalInput {
    private let loop: EventLoop
    private let descriptor: OpenDescriptor
    private let receive: () -> Void
    private var token: UInt64?

    /// - Parameter receive: Called on the loop's thread for each of them.
    package init(
        _ loop: EventLoop,
        receive: @escaping () -> Void
    ) throws(SocketsError) {
        self.loop = loop
        self.receive = receive
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in [SIGTERM, SIGINT] { unsafe sigaddset(&set, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        let flags = Int32(SFD_NONBLOCK) | Int32(SFD_CLOEXEC)
        descriptor = try OpenDescriptor(unsafe signalfd(-1, &set, flags), "signalfd")
        token = try loop.add(descriptor.number, EPOLLIN.rawValue, self)
    }

    /// Stops to listen.
    package func close() {
        if let token { loop.remove(descriptor.number, token: token) }
        token = nil
    }
}

extension SignalInput: EventSource {
    func ready(_ flags: UInt32) {
        guard case .bytes = SystemCalls.read(descriptor.number, loop.buffer) else { return }
        receive()
    }

    func sweep() {}
}
