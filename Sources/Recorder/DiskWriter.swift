internal import Domain
internal import Files
internal import Sockets
internal import Spool
internal import Synchronization

/// Writes chunks on a thread of its own, so that a slow disk never stops the I/O thread.
///
/// The queue to it has a limit by bytes; what came of each command goes back through the loop's
/// wake-up. A second thread makes everything durable once a second: syncfs(2) may take long, and
/// the next fragments need not wait for it.
final class DiskWriter: Sendable {
    /// What the I/O thread asks for, in order for each chunk.
    enum Command: Sendable {
        case create(ChunkTicket, ChunkHeader, initialization: [UInt8])
        case append(ChunkTicket, Fragment)
        case close(ChunkTicket, ChunkEnd)

        var bytes: Int {
            switch self {
            case .create(_, _, let initialization): initialization.count
            case .append(_, let fragment): fragment.bytes.count
            case .close: 0
            }
        }

        /// Whether a player may wait for it.
        var isUrgent: Bool {
            switch self {
            case .create: false
            case .append(_, let fragment): fragment.isBorder
            case .close: true
            }
        }

        var ticket: ChunkTicket {
            switch self {
            case .create(let ticket, _, _), .append(let ticket, _), .close(let ticket, _): ticket
            }
        }
    }

    /// What came of it.
    enum Outcome: Sendable {
        /// The journal of this chunk grew, by a fragment that ends at `until` or by its end; at a
        /// border a segment may have closed.
        case written(ChunkTicket, until: WallTime?, isBorder: Bool)
        /// Nothing more of this chunk will be written; `isBegun` if there is something of it.
        case failed(ChunkTicket, message: String, isBegun: Bool)
        /// What was written since the last good sync may not survive a power cut, and no later sync
        /// makes up for it (fsync(2), "errors"): every chunk that was open is to be given up.
        /// `isRepeated` if the sync before failed too.
        case syncFailed(message: String, isRepeated: Bool)

        /// Whether it is told before what else was queued is written: players may wait for it.
        var isUrgent: Bool {
            if case .written(_, _, let isBorder) = self { isBorder } else { true }
        }
    }

    private struct State {
        var commands: [Command] = []
        var bytes = 0
        var bytesByStream: [StreamKey: Int] = [:]
        var outcomes: [Outcome] = []
        var isWriting = false
        /// The disk thread sleeps until it is signalled.
        var isAsleep = false
        var wasWritten = false
        /// Syncs that failed since the last good one.
        var failedSyncs = 0
        var isStopped = false
    }

    private let layout: SpoolLayout
    private let state = Mutex(State())
    private let work: Wakeup
    private let notify: Wakeup
    private let mark: CrashMark

    /// Starts the threads.
    /// - Parameters:
    ///   - mark: Held on the disk thread while a stream's command is done.
    ///   - notify: Signalled when outcomes are there.
    init(spool: String, mark: CrashMark, notify: Wakeup) throws {
        layout = SpoolLayout(root: spool)
        self.mark = mark
        self.notify = notify
        work = try Wakeup()
        let sync = try SyncFolder(SpoolSync(root: spool))
        try NativeThread.start("disk") { [self] in run() }
        try NativeThread.start("sync") { [self] in
            while runSync(sync) {}
        }
    }

    /// Queues a command; false if the queue is full, and then nothing of it will be written.
    /// - Parameter streams: How many share the limit.
    func submit(_ command: Command, streams: Int) -> Bool {
        let total =
            RecorderLimits.diskQueueBytesBase + streams * RecorderLimits.diskQueueBytesShare
        let key = command.ticket.key
        let (fits, isDue) = state.withLock { state in
            let bytes = state.bytesByStream[key, default: 0] + command.bytes
            let isData = command.bytes > 0
            // One command always fits: a picture may be larger than the limit.
            let limit = RecorderLimits.diskQueueBytesPerStream
            guard !isData || bytes == command.bytes || bytes <= limit,
                !isData || state.bytes + command.bytes <= total
            else { return (false, false) }
            state.bytesByStream[key] = bytes
            state.bytes += command.bytes
            state.commands.append(command)
            let isDue =
                command.isUrgent || state.isAsleep
                || state.bytes >= RecorderLimits.diskBatchBytes
            state.isAsleep = false
            return (true, isDue)
        }
        if isDue { work.signal() }
        return fits
    }

    /// What came of commands since the last call.
    func takeOutcomes() -> [Outcome] {
        state.withLock { state in
            defer { state.outcomes = [] }
            return state.outcomes
        }
    }

    /// True when everything submitted has been done. Chunks that are closed wake the loop.
    var isIdle: Bool {
        state.withLock { $0.commands.isEmpty && !$0.isWriting }
    }

    /// Ends the threads.
    func stop() {
        state.withLock { $0.isStopped = true }
        work.signal()
    }

    private func run() {
        var chunks = OpenChunks(layout)
        while true {
            let (commands, isStopped) = state.withLock { state in
                defer { state.commands = [] }
                state.isWriting = !state.commands.isEmpty
                // Nothing came in the last pause: the next command has to say so.
                state.isAsleep = state.commands.isEmpty
                return (state.commands, state.isStopped)
            }
            if commands.isEmpty {
                if isStopped { return }
                work.wait(atMost: .seconds(60))
                continue
            }
            for (index, command) in commands.enumerated() {
                let mark = mark.stream(command.ticket.key)
                let previous = mark.enter(.disk)
                let outcome = chunks.run(command)
                mark.leave(previous, .disk)
                state.withLock { state in
                    state.bytes -= command.bytes
                    let left = state.bytesByStream[command.ticket.key, default: 0] - command.bytes
                    state.bytesByStream[command.ticket.key] = left > 0 ? left : nil
                    state.wasWritten = true
                    // Before the loop is woken: it may wait for just this.
                    if index == commands.count - 1 { state.isWriting = false }
                    if let outcome { state.outcomes.append(outcome) }
                }
                if outcome?.isUrgent == true { notify.signal() }
            }
            // What nobody waits for is taken with the sessions' tick, and more is gathered.
            work.wait(atMost: RecorderLimits.diskBatch)
        }
    }

    /// One second of the sync thread; false at its end.
    private func runSync(_ sync: SyncFolder) -> Bool {
        let pause = RecorderLimits.syncInterval
        sync.pause.wait(atMost: pause)
        let (isDue, isStopped) = state.withLock { state in
            defer { state.wasWritten = false }
            return (state.wasWritten, state.isStopped)
        }
        guard isDue else { return !isStopped }
        do {
            try sync.folder.run()
            state.withLock { $0.failedSyncs = 0 }
        } catch {
            state.withLock { state in
                state.failedSyncs += 1
                state.outcomes.append(
                    .syncFailed(message: error.message, isRepeated: state.failedSyncs > 1)
                )
            }
            notify.signal()
        }
        return !isStopped
    }
}
