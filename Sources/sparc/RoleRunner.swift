import ArgumentParser
import Foundation
import Logging
import Processes
import ServiceLifecycle
import UnixSignals

/// Runs a role as the one service of its process, until a signal, or the end of the parent that
/// supervises it.
enum RoleRunner {
    static func run(_ role: some Service, logger: Logger) async throws {
        if ProcessInfo.processInfo.environment[ParentWatch.variable] != nil {
            ParentWatch.start { kill(getpid(), SIGTERM) }
        }
        var configuration = ServiceGroupConfiguration(
            services: [role],
            gracefulShutdownSignals: [.sigint, .sigterm],
            logger: quiet(logger)
        )
        configuration.maximumGracefulShutdownDuration = .seconds(6)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            logger.critical("ended by an error", error: error)
            throw ExitCode(1)
        }
    }
    /// A service group's logger: below `info` it would print the services with all that is in them,
    /// keys and tokens too.
    static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(.info, logger.logLevel)
        return quiet
    }
}
