internal import CLinux
internal import Glibc

/// Reads lines from a pipe on an event loop; used on the loop's thread only.
package final class LineInput {
    /// Bytes of one line: above any command, a stream's URL being at most 2 KiB.
    package static let lineLimit = 256 << 10

    private let loop: EventLoop
    private let descriptor: Int32
    private let receive: (LineInputEvent) -> Void
    private var token: UInt64?
    private var pending: [UInt8] = []

    /// Watches a descriptor, which stays the caller's; `receive` is called on the loop's thread.
    /// - Parameter first: Bytes that were read from it already.
    package init(
        _ loop: EventLoop,
        descriptor: Int32,
        receive: @escaping (LineInputEvent) -> Void
    ) throws(SocketsError) {
        self.loop = loop
        self.descriptor = descriptor
        self.receive = receive
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) >= 0 else {
            throw .system("fcntl")
        }
        token = try loop.add(descriptor, EPOLLIN.rawValue, self)
    }

    /// Stops to watch.
    package func close() {
        if let token { loop.remove(descriptor, token: token) }
        token = nil
    }

    private func append(_ bytes: Span<UInt8>) {
        for index in bytes.indices {
            guard bytes[index] == UInt8(ascii: "\n") else {
                pending.append(bytes[index])
                continue
            }
            let line = pending
            pending = []
            receive(.line(line))
        }
        if pending.count > Self.lineLimit {
            pending = []
            end()
        }
    }

    private func end() {
        guard token != nil else { return }
        close()
        receive(.end)
    }
}

/// What came from a pipe.
package enum LineInputEvent: Sendable {
    /// One line without its newline.
    case line([UInt8])
    /// The other side closed the pipe, or sent a line above the limit.
    case end
}

extension LineInput: EventSource {
    func ready(_ flags: UInt32) {
        switch SystemCalls.read(descriptor, loop.buffer) {
        case .bytes(0), .failed: end()
        case .bytes(let count): loop.buffer.withSpan(count) { append($0) }
        case .wouldBlock: break
        }
    }

    func sweep() {}
}
