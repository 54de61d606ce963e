import NIOCore
import NIOPosix

/// A small RTSP client of the tests' own: requests, answers, interleaved packets.
final class TestClient {
    struct Reply {
        var status: Int
        var headers: [(name: String, value: String)]
        var body: String

        func header(_ name: String) -> String? {
            headers.first { $0.name == name }?.value
        }
    }

    struct Packet {
        var channel: UInt8
        var bytes: [UInt8]
    }

    enum Input: Sendable {
        case bytes([UInt8])
        case failed
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let output: AsyncStream<Input>.Continuation

        init(_ output: AsyncStream<Input>.Continuation) {
            self.output = output
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            output.yield(.bytes(Array(unwrapInboundIn(data).readableBytesView)))
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            output.yield(.failed)
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            output.finish()
        }
    }

    let channel: any Channel
    let base: String
    private var input: AsyncStream<Input>.Iterator
    private var buffer: [UInt8] = []
    private var packets: [Packet] = []
    private var sequence = 0
    private(set) var session: String?
    /// True once the connection is over, and whether by an error such as a reset.
    private(set) var isClosed = false
    private(set) var wasReset = false
    /// Bytes outside of packets and answers.
    private(set) var strayBytes = 0

    init(port: Int, path: String) async throws {
        base = "rtsp://127.0.0.1:\(port)\(path)"
        let (stream, continuation) = AsyncStream<Input>.makeStream()
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        input = stream.makeAsyncIterator()
    }

    func close() async {
        try? await channel.close().get()
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    /// Sends a request and returns its answer; nil if the connection ends instead.
    func request(
        _ method: String,
        _ url: String? = nil,
        _ headers: [String: String] = [:]
    ) async throws -> Reply? {
        sequence += 1
        var text = "\(method) \(url ?? base) RTSP/1.0\r\nCSeq: \(sequence)\r\n"
        if let session { text += "Session: \(session)\r\n" }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        try await send(text + "\r\n")
        while true {
            if let reply = parseReply() { return reply }
            guard await fill() else { return nil }
        }
    }

    /// SETUP of the tracks and PLAY; returns PLAY's answer.
    func play(tracks: [Int] = [0]) async throws -> Reply? {
        for track in tracks {
            let reply = try await request(
                "SETUP",
                "\(base)/trackID=\(track)",
                ["Transport": "RTP/AVP/TCP;unicast;interleaved=\(track * 2)-\(track * 2 + 1)"]
            )
            session = reply?.header("session")?.split(separator: ";").first.map(String.init)
        }
        return try await request("PLAY", base + "/", ["Range": "npt=0.000-"])
    }

    /// The next packet of any channel; nil when the connection has ended.
    func packet() async -> Packet? {
        while true {
            if !packets.isEmpty { return packets.removeFirst() }
            while let first = buffer.first, first != 0x24 {
                buffer.removeFirst()
                strayBytes += 1
            }
            if takePacket() { continue }
            guard await fill() else { return nil }
        }
    }

    /// Raw bytes as they come; nil at the end.
    func raw() async -> [UInt8]? {
        guard await fill() else { return nil }
        defer { buffer = [] }
        return buffer
    }

    private func fill() async -> Bool {
        switch await input.next(isolation: #isolation) {
        case .bytes(let bytes):
            buffer += bytes
            return true
        case .failed:
            wasReset = true
            isClosed = true
        case nil: isClosed = true
        }
        return false
    }

    private func takePacket() -> Bool {
        guard buffer.count >= 4, buffer[0] == 0x24 else { return false }
        let length = Int(buffer[2]) << 8 | Int(buffer[3])
        guard buffer.count >= 4 + length else { return false }
        packets.append(Packet(channel: buffer[1], bytes: Array(buffer[4..<(4 + length)])))
        buffer.removeFirst(4 + length)
        return true
    }

    private func parseReply() -> Reply? {
        while takePacket() {}
        guard buffer.first == 0x52 || buffer.first == 0x48,
            let end = buffer.indices.first(where: { buffer[$0...].starts(with: [13, 10, 13, 10]) })
        else { return nil }
        let lines = String(decoding: buffer[..<end], as: UTF8.self).split(separator: "\r\n")
        let headers = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (
                line[..<colon].lowercased(),
                String(line[line.index(after: colon)...].drop { $0 == " " })
            )
        }
        let length = headers.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
        guard buffer.count >= end + 4 + length else { return nil }
        let body = String(decoding: buffer[(end + 4)..<(end + 4 + length)], as: UTF8.self)
        buffer.removeFirst(end + 4 + length)
        let words = lines[0].split(separator: " ")
        return Reply(status: Int(words[1]) ?? 0, headers: headers, body: body)
    }
}
