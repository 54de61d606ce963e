internal import Domain
internal import Sockets

/// What the worker is told, as lines on standard output. A worker that does not read costs memory
/// for one entry per stream and kind, and log lines up to a limit; never time of the I/O thread.
final class EventOutput {
    private var pipe: PipeOutput?
    private var others: [RecorderEvent] = []
    private var dropped = 0
    private var isAliveDue = false
    /// Chunks whose journal grew, each once, oldest first.
    private var journals: [ChunkTicket] = []
    private var isListed: Set<ChunkTicket> = []
    private var statuses: [StreamKey: StreamStatus] = [:]
    private var statistics: [StreamKey: StreamStatistics] = [:]

    init(_ loop: EventLoop, descriptor: Int32) throws(SocketsError) {
        pipe = try PipeOutput(loop, descriptor: descriptor) { [weak self] in
            self?.next() ?? []
        }
    }

    func ready(sandbox: String) {
        others.append(.ready(sandbox: sandbox))
        pipe?.write()
    }

    /// The I/O thread runs.
    func alive() {
        isAliveDue = true
        pipe?.write()
    }

    /// A chunk's journal grew; told at the next `write`.
    func grew(_ ticket: ChunkTicket) {
        if isListed.insert(ticket).inserted { journals.append(ticket) }
    }

    /// Writes what is to be told.
    func write() {
        pipe?.write()
    }

    func tell(_ status: StreamStatus) {
        statuses[StreamKey(camera: status.camera, stream: status.stream)] = status
        pipe?.write()
    }

    func tell(_ values: StreamStatistics) {
        statistics[StreamKey(camera: values.camera, stream: values.stream)] = values
        pipe?.write()
    }

    /// One log line. `message` holds no secret.
    func log(_ level: String, _ message: String, camera: CameraID? = nil) {
        if others.count < RecorderLimits.logLines {
            others.append(.log(level: level, message: message, camera: camera))
        } else {
            dropped += 1
        }
        pipe?.write()
    }

    /// The next lines; empty when nothing is to be told. What players wait for goes first.
    private func next() -> [UInt8] {
        // All that is ready goes out in one write, up to what a pipe takes at once.
        var bytes: [UInt8] = []
        while bytes.count < RecorderLimits.eventBytes, let event = nextEvent() {
            bytes += event.line ?? []
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    private func nextEvent() -> RecorderEvent? {
        if case .ready? = others.first { return others.removeFirst() }
        if isAliveDue {
            isAliveDue = false
            return .alive
        }
        if let ticket = journals.first {
            journals.removeFirst()
            isListed.remove(ticket)
            let identity = ticket.identity
            return .journal(
                camera: identity.camera,
                stream: identity.stream,
                epoch: identity.epoch,
                sequence: identity.sequence
            )
        }
        if let (key, status) = statuses.first {
            statuses[key] = nil
            return .state(status)
        }
        if let (key, values) = statistics.first {
            statistics[key] = nil
            return .statistics(values)
        }
        if !others.isEmpty { return others.removeFirst() }
        guard dropped > 0 else { return nil }
        defer { dropped = 0 }
        return .log(level: "warning", message: "\(dropped) log lines were dropped", camera: nil)
    }
}
