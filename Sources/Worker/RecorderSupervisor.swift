import CoreMetrics
import Domain
import Logging
import Processes
import Spool
import Telemetry

/// Runs the recorders: a process per group of streams, started again when it ends, its spool brought
/// in order in between.
actor RecorderSupervisor {
    private let configuration: WorkerConfiguration
    private let board: StreamBoard
    private let index: SpoolIndex
    private let logger: Logger
    private let events: @Sendable (RecorderEvent) -> Void
    private let recovered: @Sendable (StreamKey) -> Void
    private var groups: RecorderGroups
    private var children: [RecorderGroups.GroupID: RecorderChild] = [:]
    private var policies: [RecorderGroups.GroupID: RestartPolicy] = [:]
    /// Groups that wait for their next start, and when that is.
    private var waiting: [RecorderGroups.GroupID: MonotonicTime] = [:]
    private var isStopping = false
    private let exits: AsyncStream<Exit>
    private let exitSink: AsyncStream<Exit>.Continuation

    private struct Exit: Sendable {
        let group: RecorderGroups.GroupID
        let processID: Int32
        let status: ProcessExit
    }

    /// - Parameters:
    ///   - events: Called on reader threads with everything the recorders say.
    ///   - recovered: Called after a stream's spool was brought in order.
    init(
        configuration: WorkerConfiguration,
        board: StreamBoard,
        index: SpoolIndex,
        logger: Logger,
        events: @escaping @Sendable (RecorderEvent) -> Void,
        recovered: @escaping @Sendable (StreamKey) -> Void
    ) {
        self.configuration = configuration
        self.board = board
        self.index = index
        self.logger = logger
        self.events = events
        self.recovered = recovered
        groups = RecorderGroups(size: configuration.recorderGroup)
        // One exit per running process at most, so the buffer is bounded by the processes.
        (exits, exitSink) = AsyncStream.makeStream(of: Exit.self)
    }

    /// Waits for recorders that end, until the task is cancelled; then ends all.
    func run() async {
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await exit in self.exits { await self.handle(exit) } }
                group.addTask {
                    while !Task.isCancelled {
                        await self.startDue()
                        try? await Task.sleep(for: .milliseconds(50))
                    }
                }
            }
        } onCancel: {
            exitSink.finish()
        }
        await stopAll()
    }

    /// Begins or ends streams after the board took a new list.
    func apply(started: [StreamKey], stopped: [StreamKey]) {
        guard !isStopping else { return }
        for key in stopped {
            guard let (group, isEmpty) = groups.remove(key) else { continue }
            children[group]?.send(.stop(camera: key.camera, stream: key.stream))
            if isEmpty { children.removeValue(forKey: group)?.child.closeInput() }
        }
        for key in started {
            if let known = groups.group(of: key) {
                children[known]?.send(.stop(camera: key.camera, stream: key.stream))
                send(key, to: known)
                continue
            }
            let group = groups.add(key)
            if children[group] == nil { startChild(group) } else { send(key, to: group) }
        }
    }

    private func send(_ key: StreamKey, to group: RecorderGroups.GroupID) {
        guard let assignment = board.recorderAssignment(key) else { return }
        children[group]?.send(.start(assignment))
    }

    private func startChild(_ group: RecorderGroups.GroupID) {
        policies[group, default: RestartPolicy()].started(at: SystemClock.monotonic())
        let logger = logger
        do {
            let recorder = try RecorderChild(
                executable: configuration.executable,
                userID: configuration.recorderUserID,
                configuration: RecorderConfiguration(
                    spool: configuration.spoolFolder,
                    cameraNetworks: configuration.cameraNetworks.allowed.map(\.description),
                    chunkSeconds: configuration.chunkSeconds
                ),
                event: events,
                errorLine: { line in
                    logger.warning("recorder", metadata: [LogKey.reason: "\(line.prefix(2_000))"])
                }
            )
            children[group] = recorder
            logger.info(
                "recorder started",
                metadata: [
                    LogKey.processID: "\(recorder.child.processID)",
                    LogKey.count: "\(groups.groups[group]?.count ?? 0)",
                ]
            )
            watch(recorder.child, group)
        } catch {
            logger.error(
                "the recorder cannot be started",
                metadata: [LogKey.reason: "\(error)"]
            )
            exitSink.yield(Exit(group: group, processID: 0, status: .exited(-1)))
            return
        }
        for key in groups.groups[group] ?? [] { send(key, to: group) }
    }

    private func watch(_ child: ChildProcess, _ group: RecorderGroups.GroupID) {
        let sink = exitSink
        child.onExit { status in
            sink.yield(Exit(group: group, processID: child.processID, status: status))
        }
    }

    private func handle(_ exit: Exit) {
        guard !isStopping, let keys = groups.groups[exit.group],
            exit.processID == 0 || children[exit.group]?.child.processID == exit.processID
        else { return }
        children[exit.group] = nil
        Counter(label: MetricName.recorderRestarts).increment()
        board.recorderEnded(keys, at: SystemClock.wall())
        for key in keys {
            do { try index.recover(key.camera, key.stream) } catch {
                logger.error(
                    "a spool folder cannot be read",
                    metadata: [LogKey.camera: "\(key.camera)", LogKey.reason: "\(error)"]
                )
            }
            recovered(key)
        }
        let wait = policies[exit.group, default: RestartPolicy()].ended(
            at: SystemClock.monotonic()
        )
        logger.warning(
            "recorder ended and is started again",
            metadata: [LogKey.reason: "\(exit.status)", LogKey.count: "\(keys.count)"]
        )
        waiting[exit.group] = SystemClock.monotonic() + wait
    }

    private func startDue() {
        let now = SystemClock.monotonic()
        for (group, moment) in waiting where moment <= now {
            waiting[group] = nil
            if !isStopping, children[group] == nil, groups.groups[group] != nil {
                startChild(group)
            }
        }
    }

    private func stopAll() async {
        isStopping = true
        let running = children.values.map(\.child)
        children = [:]
        await withTaskGroup(of: Void.self) { group in
            for child in running {
                group.addTask {
                    child.closeInput()
                    _ = await child.stop(grace: .seconds(3))
                }
            }
        }
    }
}
