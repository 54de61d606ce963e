internal import API
package import Catalog
package import Domain
package import Logging
internal import Telemetry

/// Gives every stream to a worker that lives: looks once a second and when somebody asks.
package actor FleetScheduler: FleetScheduling {
    private let catalog: Catalog
    private let logger: Logger
    private let monotonic: @Sendable () -> MonotonicTime
    private var view = FleetView()

    package init(
        catalog: Catalog,
        logger: Logger,
        monotonic: @escaping @Sendable () -> MonotonicTime
    ) {
        self.catalog = catalog
        self.logger = logger
        self.monotonic = monotonic
    }

    package func reconsider() async {
        do {
            try await pass()
        } catch {
            logger.warning(
                "streams could not be given to workers; tried again",
                metadata: [LogKey.errorMessage: "\(error)"]
            )
        }
    }

    /// One look. Two at a time do no harm, also of two coordinators: a grant replaces only the lease
    /// that it was decided on, so that a stream just given is not given again.
    func pass() async throws(CatalogError) {
        let workers = try await catalog.workers()
        view.observe(workers, at: monotonic())
        let streams = try await catalog.streamsToRecord()
        for grant in view.grants(for: streams, at: monotonic()) {
            do throws(CatalogError) {
                let epoch = try await catalog.grant(
                    grant.worker,
                    grant.tenant,
                    grant.camera,
                    grant.stream,
                    replacing: grant.replacing
                )
                logger.info(
                    "stream given to a worker",
                    metadata: [
                        LogKey.camera: "\(grant.camera)", LogKey.worker: "\(grant.worker)",
                        LogKey.stream: "\(grant.stream.rawValue)", LogKey.epoch: "\(epoch)",
                    ]
                )
            } catch {
                // The camera was removed or the stream given since it was listed.
                guard error.code == .notFound else { throw error }
            }
        }
    }
}
