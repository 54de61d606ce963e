import CoreMetrics
import Domain
import Files
import Foundation
import Keys
import LiveEdge
package import Logging
import ObjectStore
import Processes
import ServiceLifecycle
import Shipper
import Spool
package import Telemetry
import Transfer

/// `sparc ingest`: supervises recorders, ships what they wrote, serves live video, and tells the
/// coordinator how each camera is doing.
package struct WorkerRole: Service {
    private let configuration: WorkerConfiguration
    private let metrics: PrometheusRegistry
    private let logger: Logger

    /// - Parameter metrics: What `/metrics` of the live edge shows; the one that the process's
    ///   metrics go to.
    package init(
        configuration: WorkerConfiguration,
        metrics: PrometheusRegistry,
        logger: Logger
    ) {
        self.configuration = configuration
        self.metrics = metrics
        self.logger = logger
    }

    /// Runs until the task is cancelled or the group shuts down.
    package func run() async throws {
        try FileSystem.makeFolder(configuration.dataFolder, mode: 0o711)
        guard let lock = try FileLock(configuration.dataFolder + "/ingest.lock") else {
            throw FileError(
                .exists,
                "another sparc ingest uses \(configuration.dataFolder)"
            )
        }
        let worker = try WorkerIdentity.load(configuration.dataFolder)
        try prepareSpool()
        let index = SpoolIndex(root: configuration.spoolFolder)
        let foreign = try index.recover()
        if !foreign.isEmpty {
            logger.warning(
                "files in the spool that are not ours are left alone",
                metadata: [LogKey.count: "\(foreign.count)", LogKey.path: "\(foreign[0])"]
            )
        }
        let clock = EdgeClock(
            wall: { SystemClock.wall() },
            monotonic: { SystemClock.monotonic() }
        )
        let edge = LiveEdge(
            index: index,
            token: configuration.token,
            clock: clock,
            metrics: metrics,
            logger: logger
        )
        try edge.streams.restore(index)
        for (camera, stream) in index.knownStreams { _ = index.takeClosed(camera, stream) }
        let link = CoordinatorLink(
            base: configuration.coordinatorURL,
            token: configuration.token,
            worker: worker,
            client: HTTPClient(policy: nil)
        )
        let session = WorkerSession(
            configuration: configuration,
            worker: worker,
            link: link,
            index: index,
            edge: edge,
            logger: logger
        )
        await cancelWhenGracefulShutdown { await session.run() }
        link.client.close()
        _ = consume lock
    }

    /// The recorder's user writes to the spool and nowhere else.
    private func prepareSpool() throws {
        try FileSystem.makeFolder(configuration.spoolFolder, mode: 0o770)
        guard let user = configuration.recorderUserID else { return }
        try FileSystem.give(
            configuration.spoolFolder,
            user: UInt32(user),
            group: UInt32(user)
        )
    }
}
