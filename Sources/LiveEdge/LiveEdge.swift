internal import Hummingbird
package import Keys
package import Logging
internal import NIOCore
package import Spool
internal import Synchronization
package import Telemetry

/// Serves live playlists, live segments and spool chunks over HTTP: the worker's only door.
///
/// Playlists and holdings need the worker token; media need a signature; health and metrics are
/// open, as the coordinator's are, and name no camera. Players reach it through
/// the coordinator, so it listens on a private address.
package final class LiveEdge: Sendable {
    /// Connections at one time; more wait in the kernel. The coordinator keeps a few open.
    private static let connectionLimit = 1_024
    /// The pace of gaps for silent streams.
    private static let tick: Duration = .seconds(1)

    /// The live windows, to be fed by the worker.
    package let streams: LiveStreams
    private let index: SpoolIndex
    private let token: String
    private let clock: EdgeClock
    private let metrics: PrometheusRegistry
    private let logger: Logger
    private let signer = Mutex<MediaSigner?>(nil)

    /// - Parameters:
    ///   - index: The spool to serve.
    ///   - token: The worker token that the coordinator shows.
    ///   - clock: Injected clocks.
    ///   - metrics: What `/metrics` shows.
    ///   - logger: For what the server says.
    package init(
        index: SpoolIndex,
        token: String,
        clock: EdgeClock,
        metrics: PrometheusRegistry,
        logger: Logger
    ) {
        self.index = index
        self.token = token
        self.clock = clock
        self.metrics = metrics
        self.logger = logger
        streams = LiveStreams(layout: index.layout, clock: clock)
    }

    /// The key that came with the registration. Before it, media and playlists are 503.
    package func use(_ signer: MediaSigner) {
        self.signer.withLock { $0 = signer }
    }

    /// Serves until the task is cancelled or the service group shuts down.
    ///
    /// - Parameters:
    ///   - host: Address to listen on.
    ///   - port: 0 for any free one.
    ///   - listening: Called once with the port, when requests are taken.
    /// - Throws: What the server says, such as a port in use.
    package func run(
        host: String,
        port: Int,
        listening: @escaping @Sendable (_ port: Int) async -> Void
    ) async throws {
        let application = Application(
            router: router(),
            configuration: .init(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: .maximum(
                    Self.connectionLimit,
                    logger: logger
                )
            ),
            onServerRunning: { channel in await listening(channel.localAddress?.port ?? 0) },
            logger: logger
        )
        try await withThrowingTaskGroup { group in
            group.addTask { try await application.run() }
            group.addTask { [streams] in
                while !Task.isCancelled {
                    streams.tick()
                    try await Task.sleep(for: Self.tick)
                }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    /// The routes, for `run` and for tests.
    func router() -> Router<BasicRequestContext> {
        let router = EdgeRoutes(
            index: index,
            streams: streams,
            token: token,
            clock: clock,
            signer: { [self] in signer.withLock { $0 } }
        ).router()
        EdgeHealthRoutes(
            metrics: metrics,
            isRegistered: { [self] in signer.withLock { $0 != nil } }
        ).add(to: router)
        return router
    }
}
