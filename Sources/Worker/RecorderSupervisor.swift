import CoreMetrics
import Domain
import Foundation
import Logging
import Processes
import Spool
import Telemetry

/// Runs the recorders: a process per group of streams, started again when it ends, its spool brought
/// in order in between. A stream that crashed its recorder gets one of its own
/// (`QuarantineStateMachine`); the others go on at once.
actor RecorderSupervisor {
    private let configuration: WorkerConfiguration
    /// How often what is due is looked for: below `RecorderPulse.step`, and rare enough that a
    /// worker that has nothing to do costs nothing.
    private static let lookInterval = Duration.milliseconds(200)

    private let board: StreamBoard
    private let index: SpoolIndex
    private let logger: Logger
    private let events: @Sendable (RecorderEvent) -> Void
    private let recovered: @Sendable (StreamKey) -> Void
    private let parted: @Sendable (StreamKey) -> Void
    private var parting = PartingStreams()
    /// Recorders that were told to end, and when they are killed.
    private var ending: [Int32: (child: RecorderChild, until: MonotonicTime)] = [:]
    private var groups: RecorderGroups
    private var quarantine = QuarantineStateMachine()
    private var children: [RecorderGroups.GroupID: RecorderChild] = [:]
    private var pulses: [RecorderGroups.GroupID: RecorderPulse] = [:]
    /// Recorders that were killed because they hung.
    private var hung: Set<Int32> = []
    private var policies: [RecorderGroups.GroupID: RestartPolicy] = [:]
    /// Groups that wait for their next start, and when that is.
    private var waiting: [RecorderGroups.GroupID: MonotonicTime] = [:]
    private var isStopping = false
    private static let policy = RestartPolicy(healthyRun: QuarantineStateMachine.soundRun)
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
    ///   - parted: Called after the last chunk of a stream that is not wanted any more was closed.
    init(
        configuration: WorkerConfiguration,
        board: StreamBoard,
        index: SpoolIndex,
        logger: Logger,
        events: @escaping @Sendable (RecorderEvent) -> Void,
        recovered: @escaping @Sendable (StreamKey) -> Void,
        parted: @escaping @Sendable (StreamKey) -> Void
    ) {
        self.configuration = configuration
        self.board = board
        self.index = index
        self.logger = logger
        self.events = events
        self.recovered = recovered
        self.parted = parted
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
                        await self.killStopped()
                        await self.startDue()
                        await self.tickQuarantine()
                        await self.finishPartings()
                        try? await Task.sleep(for: Self.lookInterval)
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
            quarantine.stopped(key)
            groups.release(key)
            if let (group, isEmpty) = groups.remove(key) {
                part(key, from: group, isEmpty: isEmpty)
            } else {
                parting.leavesAgain(key)
            }
        }
        for key in started {
            if quarantine.assigned(key, url: board.assignment(key)?.url) { release(key) }
            if !parting.returned(key) { begin(key) }
        }
    }

    private func begin(_ key: StreamKey) {
        if let known = groups.group(of: key) {
            children[known]?.send(.stop(camera: key.camera, stream: key.stream))
            send(key, to: known)
            return
        }
        let group = groups.add(key)
        if children[group] == nil { startChild(group) } else { send(key, to: group) }
    }

    /// Ends a stream's recording; its last chunk is closed when the recorder has obeyed or ended.
    private func part(_ key: StreamKey, from group: RecorderGroups.GroupID, isEmpty: Bool) {
        let now = SystemClock.monotonic()
        if isEmpty {
            policies[group] = nil
            waiting[group] = nil
        }
        guard let recorder = children[group] else {
            return finish([(key: key, returns: false)])
        }
        recorder.send(.stop(camera: key.camera, stream: key.stream))
        let process = recorder.child.processID
        parting.stopped(key, process: process, isLast: isEmpty, at: now)
        guard isEmpty else { return }
        children[group] = nil
        ending[process] = (recorder, now + PartingStreams.grace)
        recorder.child.closeInput()
    }

    private func finishPartings() {
        let now = SystemClock.monotonic()
        for (recorder, until) in ending.values where until <= now {
            recorder.child.signal(SIGKILL)
        }
        finish(parting.over(at: now))
    }

    /// Closes what their recorder left open of streams that are over.
    private func finish(_ over: [(key: StreamKey, returns: Bool)]) {
        guard !isStopping else { return }
        for (key, returns) in over {
            recover(key)
            if returns, board.assignment(key) != nil {
                recovered(key)
                begin(key)
            } else {
                parted(key)
            }
        }
    }

    private func recover(_ key: StreamKey) {
        do { try index.recover(key.camera, key.stream) } catch {
            logger.error(
                "a spool folder cannot be read",
                metadata: [LogKey.camera: "\(key.camera)", LogKey.reason: "\(error)"]
            )
        }
    }

    private func send(_ key: StreamKey, to group: RecorderGroups.GroupID) {
        guard let assignment = board.recorderAssignment(key) else { return }
        children[group]?.send(.start(assignment))
    }

    private func startChild(_ group: RecorderGroups.GroupID) {
        if spawn(group) { assign(group) }
    }

    /// Gives a recorder its streams, whose spool must be in order.
    private func assign(_ group: RecorderGroups.GroupID) {
        for key in groups.groups[group] ?? [] { send(key, to: group) }
    }

    /// Starts a recorder that has nothing to do yet; false if that failed, and then it is tried
    /// again later.
    private func spawn(_ group: RecorderGroups.GroupID) -> Bool {
        policies[group, default: Self.policy].started(at: SystemClock.monotonic())
        let logger = logger
        let (events, pulse) = (events, RecorderPulse())
        do {
            let recorder = try RecorderChild(
                executable: configuration.executable,
                userID: configuration.recorderUserID,
                configuration: RecorderConfiguration(
                    spool: configuration.spoolFolder,
                    cameraNetworks: configuration.cameraNetworks.allowed.map(\.description),
                    chunkSeconds: configuration.chunkSeconds
                ),
                event: { event in
                    pulse.beat()
                    events(event)
                },
                errorLine: { line in
                    logger.warning("recorder", metadata: [LogKey.reason: "\(line.prefix(2_000))"])
                }
            )
            children[group] = recorder
            pulses[group] = pulse
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
            return false
        }
        quarantine.started(groups.groups[group] ?? [], at: SystemClock.monotonic())
        return true
    }

    private func watch(_ child: ChildProcess, _ group: RecorderGroups.GroupID) {
        let sink = exitSink
        child.onExit { status in
            sink.yield(Exit(group: group, processID: child.processID, status: status))
        }
    }

    private func handle(_ exit: Exit) {
        ending[exit.processID] = nil
        let hasHung = hung.remove(exit.processID) != nil
        // A recorder that could not be started has no id.
        if exit.processID != 0 { finish(parting.ended(exit.processID)) }
        guard !isStopping, let keys = groups.groups[exit.group],
            exit.processID == 0 || children[exit.group]?.child.processID == exit.processID
        else { return }
        let ended = children.removeValue(forKey: exit.group)
        let culprits = culprits(of: keys, ended, exit.status, hasHung: hasHung)
        Counter(label: MetricName.recorderRestarts).increment()
        quarantine.ended(keys)
        board.recorderEnded(keys, at: SystemClock.wall())
        logger.warning(
            "recorder ended and is started again",
            metadata: [LogKey.reason: "\(exit.status)", LogKey.count: "\(keys.count)"]
        )
        isolate(culprits, exit.status)
        // Without the culprit there is nothing to wait for: the process of the others gets ready
        // while their spool is brought in order.
        let rest = groups.groups[exit.group] ?? []
        let isFreed = !culprits.isEmpty && culprits.isDisjoint(with: rest) && !rest.isEmpty
        if isFreed { policies[exit.group] = nil }
        let isReady = isFreed && spawn(exit.group)
        bringInOrder(keys.subtracting(culprits))
        if isReady { assign(exit.group) }
        bringInOrder(culprits)
        if !isFreed, !rest.isEmpty { restartLater(exit.group) }
    }

    /// The streams that a recorder crashed or hung of. A disk that stands still stops no I/O thread.
    private func culprits(
        of keys: Set<StreamKey>,
        _ recorder: RecorderChild?,
        _ status: ProcessExit,
        hasHung: Bool
    ) -> Set<StreamKey> {
        if hasHung { return recorder?.streamsAtWork(of: keys, [.input]) ?? [] }
        return status.isCrash ? recorder?.streamsAtWork(of: keys) ?? [] : []
    }

    /// Recovers what the recorder of these streams left in the spool.
    private func bringInOrder(_ keys: Set<StreamKey>) {
        for key in keys {
            recover(key)
            recovered(key)
        }
    }

    /// Gives each stream that crashed its recorder one of its own.
    private func isolate(_ culprits: Set<StreamKey>, _ status: ProcessExit) {
        for key in culprits {
            let before = groups.group(of: key)
            let home = groups.quarantine(key)
            quarantine.crashed(
                key,
                url: board.assignment(key)?.url,
                at: SystemClock.monotonic(),
                wall: SystemClock.wall()
            )
            let notice = quarantine.notice(key)
            board.show(notice, of: key)
            Counter(label: MetricName.recorderPoisonings).increment()
            logger.error(
                "what a camera sends crashed or hung its recorder; it runs alone now: please report it",
                metadata: [
                    LogKey.camera: "\(key.camera)", LogKey.stream: "\(key.stream.rawValue)",
                    LogKey.reason: "\(status)", LogKey.count: "\(notice?.crashes ?? 0)",
                ]
            )
            if home != before { restartLater(home) }
        }
    }

    private func restartLater(_ group: RecorderGroups.GroupID) {
        let now = SystemClock.monotonic()
        waiting[group] = now + policies[group, default: Self.policy].ended(at: now)
    }

    /// The stream is as any other again; if it waits for its recorder, it need not any longer.
    private func release(_ key: StreamKey) {
        groups.release(key)
        board.show(nil, of: key)
        guard let group = groups.group(of: key), waiting[group] != nil else { return }
        policies[group] = nil
        waiting[group] = SystemClock.monotonic()
    }

    private func tickQuarantine() {
        for change in quarantine.tick(at: SystemClock.monotonic()) {
            switch change {
            case .settled(let key):
                board.show(quarantine.notice(key), of: key)
            case .released(let key):
                release(key)
                logger.info(
                    "a camera that crashed its recorder has run well since",
                    metadata: [
                        LogKey.camera: "\(key.camera)", LogKey.stream: "\(key.stream.rawValue)",
                    ]
                )
            }
        }
    }

    /// A recorder whose I/O thread stands still or loops records nothing and says nothing of it.
    private func killStopped() {
        let now = SystemClock.monotonic()
        pulses = pulses.filter { children[$0.key] != nil }
        for (group, pulse) in pulses where pulse.isStopped(at: now) {
            guard let recorder = children[group] else { continue }
            logger.error(
                "a recorder says nothing any more and is killed",
                metadata: [LogKey.processID: "\(recorder.child.processID)"]
            )
            hung.insert(recorder.child.processID)
            recorder.child.signal(SIGKILL)
            pulses[group] = nil
        }
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
        let running = children.values.map(\.child) + ending.values.map(\.child.child)
        children = [:]
        ending = [:]
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
