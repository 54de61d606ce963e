import Foundation
package import NIOCore

/// A server of the tests: one answer to each request.
package protocol Answering: Sendable {
    func reply(_ request: LyingConnection.Request) -> LyingServer.Reply
}

/// One connection of such a server: collects a request with its body, asks for the reply, and
/// writes it.
package final class LyingConnection: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    package struct Request {
        package var method: String
        package var path: String
        /// By lower-case name.
        package var headers: [String: String]
        package var body: [UInt8]
    }

    private let server: any Answering
    private var received: [UInt8] = []

    /// Reads of a slow connection in a second.
    private static let readsPerSecond = 10

    /// Answers on a channel.
    /// - Parameter rate: Bytes a second that it is read with; nil: all at once.
    package static func add(
        _ server: any Answering,
        to channel: any Channel,
        rate: Int? = nil
    ) throws {
        if let rate {
            let options = channel.syncOptions
            try options?.setOption(.autoRead, value: false)
            try options?.setOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(capacity: rate / readsPerSecond)
            )
            try options?.setOption(.maxMessagesPerRead, value: 1)
            channel.eventLoop.scheduleRepeatedTask(
                initialDelay: .zero,
                delay: .milliseconds(Int64(1_000 / readsPerSecond))
            ) { task in
                guard channel.isActive else { return task.cancel() }
                channel.read()
            }
        }
        try channel.pipeline.syncOperations.addHandler(LyingConnection(server))
    }

    private init(_ server: any Answering) {
        self.server = server
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += unwrapInboundIn(data).readableBytesView
        while let request = nextRequest() { write(server.reply(request), to: context) }
    }

    private func nextRequest() -> Request? {
        guard let end = Self.endOfHead(received) else { return nil }
        let lines = String(decoding: received[..<end], as: UTF8.self)
            .components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...]
                .trimmingCharacters(in: .whitespaces)
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        guard words.count == 3, received.count >= end + 4 + length else { return nil }
        let body = Array(received[(end + 4)..<(end + 4 + length)])
        received.removeFirst(end + 4 + length)
        return Request(
            method: String(words[0]),
            path: String(words[1].prefix { $0 != "?" }),
            headers: headers,
            body: body
        )
    }

    /// Where the empty line after the head begins.
    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { index in
            bytes[index] == 13 && bytes[index + 1] == 10 && bytes[index + 2] == 13
                && bytes[index + 3] == 10
        }
    }

    private func write(_ reply: LyingServer.Reply, to context: ChannelHandlerContext) {
        switch reply {
        case .nothing: return
        case .close: context.close(promise: nil)
        case .answer(let status, let headers, let body, let cut):
            var text = "HTTP/1.1 \(status)\r\nDate: \(Self.date())\r\n"
            for (name, value) in headers { text += "\(name): \(value)\r\n" }
            if !headers.contains(where: { $0.0 == "Content-Length" }), !status.hasPrefix("204") {
                text += "Content-Length: \(cut ? body.count * 10 : body.count)\r\n"
            }
            var buffer = ByteBuffer(string: text + "\r\n")
            buffer.writeBytes(body)
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
            if cut { context.close(promise: nil) }
        }
    }

    private static func date() -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: Date())
    }
}
