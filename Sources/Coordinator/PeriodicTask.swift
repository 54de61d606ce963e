internal import Domain
package import Logging
internal import ServiceLifecycle
internal import Telemetry

/// Runs a body again and again until its group shuts down. An error is logged and the next run
/// follows all the same.
package struct PeriodicTask: Service {
    private let name: String
    private let interval: Duration
    private let logger: Logger
    private let body: @Sendable () async throws -> Void

    package init(
        _ name: String,
        every interval: Duration,
        logger: Logger,
        body: @escaping @Sendable () async throws -> Void
    ) {
        self.name = name
        self.interval = interval
        self.logger = logger
        self.body = body
    }

    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await body()
                } catch {
                    logger.warning(
                        "a periodic task failed; it runs again",
                        metadata: [LogKey.process: "\(name)", LogKey.errorMessage: "\(error)"]
                    )
                }
                try await Task.sleep(for: interval)
            }
        }
    }
}
