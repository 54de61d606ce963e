internal import CLinux
internal import Glibc

/// Writes to a pipe on an event loop without ever waiting for its reader; used on the loop's
/// thread only.
///
/// It asks for more bytes only when the pipe has taken what it was given, so the writer's queue is
/// its own to bound.
package final class PipeOutput {
    private let loop: EventLoop
    private let descriptor: Int32
    private let next: () -> [UInt8]
    private var token: UInt64?
    private var bytes: [UInt8] = []
    private var written = 0
    private var isWaiting = false

    /// Takes a descriptor, which stays the caller's.
    /// - Parameter next: Gives the next bytes; empty when there is nothing to write.
    package init(
        _ loop: EventLoop,
        descriptor: Int32,
        next: @escaping () -> [UInt8]
    ) throws(SocketsError) {
        self.loop = loop
        self.descriptor = descriptor
        self.next = next
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) >= 0 else {
            throw .system("fcntl")
        }
        token = try loop.add(descriptor, 0, self)
    }

    /// Writes what `next` gives until the pipe is full or nothing is left.
    package func write() {
        guard !isWaiting, token != nil else { return }
        while true {
            if written == bytes.count {
                bytes = next()
                written = 0
                if bytes.isEmpty { return }
            }
            switch SystemCalls.write(descriptor, bytes, from: written) {
            case .bytes(let count):
                written += count
            case .wouldBlock:
                return wait(true)
            case .failed:
                return close()
            }
        }
    }

    /// Nobody reads any more, or the process ends.
    package func close() {
        if let token { loop.remove(descriptor, token: token) }
        token = nil
    }

    private func wait(_ isWanted: Bool) {
        isWaiting = isWanted
        if let token {
            loop.change(descriptor, isWanted ? EPOLLOUT.rawValue : 0, token: token)
        }
    }
}

extension PipeOutput: EventSource {
    func ready(_ flags: UInt32) {
        // EPOLLERR alone: the reader closed its end.
        guard flags & EPOLLOUT.rawValue != 0 else { return close() }
        wait(false)
        write()
    }

    func sweep() {}
}
