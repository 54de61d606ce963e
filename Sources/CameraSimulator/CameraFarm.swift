import Domain
import FoundationEssentials
import NIOCore
import NIOPosix

/// Simulated cameras: an RTSP/1.0 server over TCP that replays clips from memory in real time.
///
/// Camera N is `rtsp://HOST:PORT/camN`; the query of the URL can ask for faults (`TimedFault`,
/// `CameraFault`), `apply` brings them about later. Each picture carries a `PictureStamp`. One
/// thread serves all cameras.
package final class CameraFarm: Sendable {
    private let configuration: FarmConfiguration
    private let clips: [Clip]
    private let ledger: FarmLedger
    private let group: MultiThreadedEventLoopGroup
    private let running = FarmState()

    /// Reads and packetises the clips.
    ///
    /// - Throws: FarmError for a clip that is missing or wrong, or a setting out of range.
    package init(configuration: FarmConfiguration) throws {
        guard configuration.count > 0, configuration.count <= 4_096 else {
            throw FarmError("count: \(configuration.count) cameras; 1 to 4096 are possible")
        }
        guard !configuration.clips.isEmpty else { throw FarmError("clips: name at least one") }
        guard (1...120).contains(configuration.pictureRate) else {
            throw FarmError("picture rate: \(configuration.pictureRate); 1 to 120 are possible")
        }
        guard configuration.authentication == .none || configuration.credentials != nil else {
            throw FarmError("authentication without credentials: give a user and a password")
        }
        guard (4_096...(64 << 20)).contains(configuration.backlogBytes) else {
            throw FarmError("backlog: \(configuration.backlogBytes) bytes; 4 KiB to 64 MiB")
        }
        self.configuration = configuration
        var loaded: [String: Clip] = [:]
        clips = try (configuration.clips + configuration.spareClips).map { path in
            if let clip = loaded[path] { return clip }
            let clip = try Clip(path: path)
            loaded[path] = clip
            return clip
        }
        ledger = FarmLedger(count: configuration.count)
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    }

    /// What the farm has done so far. From any thread, at any time.
    package var counters: FarmCounters {
        ledger.snapshot
    }

    /// Listens, and returns the port once it does. Call once; then `run` or `stop`.
    ///
    /// - Throws: FarmError if the address cannot be had.
    package func start() async throws -> Int {
        let (configuration, clips, ledger) = (configuration, clips, ledger)
        let loop = group.next()
        let engine = try await loop.submit {
            NIOLoopBound(
                FarmEngine(
                    configuration: configuration,
                    clips: clips,
                    ledger: ledger,
                    loop: loop,
                    wall: WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
                ),
                eventLoop: loop
            )
        }.get()
        running.engine = engine
        return try await listen(engine, port: configuration.port)
    }

    /// Serves until its task is cancelled or `stop` is called; starts first if `start` was not
    /// called. All connections and the port are closed when it returns.
    package func run() async throws {
        if running.engine == nil { _ = try await start() }
        await withTaskCancellationHandler {
            await running.waitUntilStopped()
        } onCancel: {
            running.stop()
        }
        await close()
    }

    /// Makes `run` return.
    package func stop() {
        running.stop()
    }

    /// Brings a fault about now: on one camera (from 0) or on all.
    ///
    /// - Throws: FarmError for a camera or clip that is not there, or a farm that is not started.
    package func apply(_ fault: CameraFault, camera: Int? = nil) async throws {
        guard let engine = running.engine else { throw FarmError("the farm is not started") }
        if camera == nil {
            switch fault {
            case .refuse:
                try? await running.listener?.close()
                running.listener = nil
            case .resume where running.listener == nil:
                _ = try await listen(engine, port: running.port)
            default: break
            }
        }
        try await group.next().submit { try engine.value.apply(fault, camera: camera) }.get()
    }

    private func listen(_ engine: NIOLoopBound<FarmEngine>, port: Int) async throws -> Int {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(
                .socketOption(.so_sndbuf),
                value: .init(configuration.backlogBytes / 2)
            )
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(
                    low: configuration.backlogBytes / 2,
                    high: configuration.backlogBytes
                )
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ConnectionHandler(engine: engine.value, channel: channel)
                    )
                }
            }
        do {
            let listener = try await bootstrap.bind(host: configuration.host, port: port).get()
            let bound = listener.localAddress?.port ?? port
            running.listen(listener, port: bound)
            return bound
        } catch {
            throw FarmError(
                "\(configuration.host):\(port): cannot listen (\(error)); choose another port"
            )
        }
    }

    private func close() async {
        try? await running.listener?.close()
        if let engine = running.engine {
            try? await group.next().submit { engine.value.stop() }.get()
        }
        try? await group.shutdownGracefully()
    }
}
