import Domain
import Logging
import Processes
import ServiceLifecycle
import Telemetry

/// Keeps one process running: starts it, starts it again with backoff when it dies, and ends it when
/// the group shuts down. A loop of failures is logged as an error, so that it is seen.
///
/// A first start that fails ends the whole group: it says what is wrong with the installation. A
/// later one is an outage like a death: it is tried again, and whatever else runs goes on.
struct SupervisedProcess: Service {
    let name: String
    /// Signal that asks it to end.
    var stopSignal: Int32 = 15
    /// How long it may take to end before it is killed.
    var grace: Duration = .seconds(8)
    let logger: Logger
    /// What must be open before the first start.
    var gate: Gate?
    let start: @Sendable () async throws -> ChildProcess
    /// Runs after each start, before the process counts as ready.
    var prepare: @Sendable () async throws -> Void = {}

    func run() async throws {
        if let gate {
            do { try await cancelWhenGracefulShutdown { try await gate.wait() } } catch { return }
        }
        var policy = RestartPolicy()
        var hasRun = false
        while !isEnding {
            policy.started(at: SystemClock.monotonic())
            let reason: String
            do {
                reason = "\(try await runOnce())"
                hasRun = true
            } catch {
                if isEnding { return }
                guard hasRun else { throw error }
                reason = "\(error)"
            }
            if isEnding { return }
            let wait = policy.ended(at: SystemClock.monotonic())
            report(reason, policy)
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: wait) }
        }
    }

    private func runOnce() async throws -> ProcessExit {
        let child = try await start()
        logger.info(
            "process started",
            metadata: [
                LogKey.process: "\(name)", LogKey.processID: "\(child.processID)",
            ]
        )
        return try await supervise(child)
    }

    private func report(_ reason: String, _ policy: RestartPolicy) {
        let metadata: Logger.Metadata = [
            LogKey.process: "\(name)", LogKey.reason: "\(reason)",
            LogKey.count: "\(policy.failures)",
        ]
        if policy.isLooping {
            logger.error("process keeps ending; its own lines above say why", metadata: metadata)
        } else {
            logger.warning("process ended and is started again", metadata: metadata)
        }
    }

    private var isEnding: Bool {
        Task.isCancelled || Task.isShuttingDownGracefully
    }

    private func supervise(_ child: ChildProcess) async throws -> ProcessExit {
        try await withTaskCancellationOrGracefulShutdownHandler {
            do {
                try await prepare()
            } catch {
                _ = await child.stop(grace: grace, signal: stopSignal)
                throw error
            }
            return await child.waitForExit()
        } onCancelOrGracefulShutdown: {
            child.signal(stopSignal)
            child.closeInput()
            BackgroundTimer.after(grace) { child.signal(9) }
        }
    }
}
