import NIOCore
import NIOPosix
import Synchronization

/// Answers every request with the same bytes; with none it stays silent.
final class ScriptedServer: Sendable {
    private let channel: any Channel
    private let count = Atomic<Int>(0)

    init(_ answer: String) async throws {
        let box = Mutex<ScriptedServer?>(nil)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                box.withLock { _ = $0?.count.add(1, ordering: .relaxed) }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answering(answer: answer))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        box.withLock { $0 = self }
    }

    var connections: Int {
        count.load(ordering: .relaxed)
    }

    var url: String {
        "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/"
    }

    func stop() async throws {
        try await channel.close()
    }

    private final class Answering: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        let answer: String

        init(answer: String) {
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !answer.isEmpty else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        }
    }
}
