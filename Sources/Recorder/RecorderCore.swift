internal import Domain
internal import FoundationEssentials
internal import Sockets

/// Everything of a recorder but its process: commands in, sessions, events out. On the I/O thread.
///
/// Handshakes are on that thread too: they never block (names are resolved on another), cost a few
/// hundred bytes each, and without them no state is shared between threads but the disk queue.
final class RecorderCore {
    private let configuration: RecorderConfiguration
    private let loop: EventLoop
    private let network: Network
    private let writer: DiskWriter
    private let disk: DiskQueue
    private let output: EventOutput
    private let mark: CrashMark
    private let adjustMemory: (Int) -> Void
    private var sessions: [StreamKey: CameraSession] = [:]
    private var aliveAt: MonotonicTime
    /// When a stopped stream's connection is gone for certain: one session per camera.
    private var farewells: [StreamKey: MonotonicTime] = [:]

    /// - Parameter adjustMemory: Sets the process's limit for a number of streams.
    init(
        _ configuration: RecorderConfiguration,
        loop: EventLoop,
        output: EventOutput,
        mark: CrashMark,
        adjustMemory: @escaping (Int) -> Void
    ) throws {
        self.configuration = configuration
        self.loop = loop
        self.output = output
        self.mark = mark
        self.adjustMemory = adjustMemory
        aliveAt = loop.now
        let policy = AddressPolicy(
            allowed: configuration.cameraNetworks.compactMap { AddressBlock($0) }
        )
        network = try Network(loop, policy: policy)
        writer = try DiskWriter(
            spool: configuration.spool,
            mark: mark,
            notify: loop.wakeup
        )
        disk = DiskQueue(writer)
        loop.onWakeup = { [weak self] in self?.wakeUp() }
        tick()
    }

    /// True when nothing waits for the disk.
    var isIdle: Bool {
        writer.isIdle
    }

    /// One line from the worker.
    func receive(line: [UInt8]) {
        guard
            let command = try? JSONDecoder().decode(RecorderCommand.self, from: Data(line))
        else { return output.log("error", "a command that cannot be read was ignored") }
        switch command {
        case .configure:
            output.log("error", "a second configuration was ignored")
        case .start(let assignment):
            start(assignment)
        case .stop(let camera, let stream):
            stop(StreamKey(camera: camera, stream: stream))
        }
    }

    /// Stops all streams; what they hold is handed to the disk.
    func stop() {
        // First what takes no time: a camera that was not told may refuse the next connection.
        for session in sessions.values { session.takeLeave() }
        for key in sessions.keys { stop(key) }
    }

    private func start(_ assignment: RecorderAssignment) {
        let key = StreamKey(camera: assignment.camera, stream: assignment.stream)
        stop(key)
        let mark = mark.stream(key)
        let previous = mark.enter()
        defer { mark.leave(previous) }
        guard sessions.count < RecorderLimits.streams else {
            return output.log(
                "error",
                "this recorder has all the streams it can",
                camera: key.camera
            )
        }
        do throws(CameraURL.Invalid) {
            let url = try CameraURL.parse(assignment.url).url
            disk.streams = sessions.count + 1
            adjustMemory(disk.streams)
            sessions[key] = CameraSession(
                assignment,
                url,
                network: network,
                output: output,
                mark: mark,
                recording: StreamRecording(
                    assignment,
                    disk: disk,
                    chunkSeconds: configuration.chunkSeconds
                ),
                start: max(loop.now, farewells[key] ?? loop.now)
            )
            sessions[key]?.tick()
        } catch {
            output.tell(
                StreamStatus(
                    camera: key.camera,
                    stream: key.stream,
                    state: .offline,
                    since: HostClocks.wall(),
                    reasons: ["the camera's URL is wrong: \(error)"],
                    gap: .connectFailed
                )
            )
        }
    }

    private func stop(_ key: StreamKey) {
        guard let session = sessions.removeValue(forKey: key) else { return }
        session.stop()
        farewells[key] = loop.now + RecorderLimits.farewell
        disk.streams = sessions.count
    }

    private func tick() {
        loop.at(loop.now + RecorderLimits.tickInterval) { [weak self] in self?.tick() }
        wakeUp()
        for session in sessions.values { session.tick() }
        if loop.now >= aliveAt {
            output.alive()
            aliveAt = loop.now + RecorderLimits.aliveInterval
        }
        farewells = farewells.filter { $0.value > loop.now }
    }

    private func wakeUp() {
        network.takeAnswers()
        for outcome in writer.takeOutcomes() {
            switch outcome {
            case .written(let ticket, let until, let isBorder):
                if let until { sessions[ticket.key]?.recording.wrote(until: until) }
                if isBorder { output.grew(ticket) }
            case .failed(let ticket, let message, let isBegun):
                // The writer ended the chunk at its last whole fragment, if the disk let it.
                if isBegun { output.grew(ticket) }
                output.log("error", message, camera: ticket.key.camera)
                sessions[ticket.key]?.diskFailed(ticket, message)
            case .syncFailed(let message, let isRepeated):
                output.log(
                    "critical",
                    "what was recorded in the last second may not be durable; new files are begun: "
                        + message
                )
                for session in sessions.values {
                    session.syncFailed(message, isRepeated: isRepeated)
                }
            }
        }
        output.write()
    }
}
