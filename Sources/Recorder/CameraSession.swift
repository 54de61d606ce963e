internal import Domain
internal import RTSP
internal import Sockets

/// One stream of one camera: connects, records, connects again, until it is stopped. On the I/O
/// thread; it decides nothing that `ReconnectStateMachine` or `StreamCondition` could.
final class CameraSession {
    let key: StreamKey
    let recording: StreamRecording

    private enum Phase {
        case waiting(until: MonotonicTime)
        case connecting
        /// PLAY was answered; `watch` says whether it is of any use.
        case playing
        case stopped
    }

    private let network: Network
    private let output: EventOutput
    private let mark: StreamMark
    private let url: CameraURL
    private let credentials: CameraCredentials?
    private var phase: Phase
    private var input: (any CameraInput)?
    private var reconnect = ReconnectStateMachine()
    private var watch: MediaWatch
    private var recordedPictures = 0
    private var redirect: CameraURL?
    private var connections = 0
    private var condition: StreamCondition
    private var statisticsAt: MonotonicTime

    /// - Parameter start: When to connect first.
    init(
        _ assignment: RecorderAssignment,
        _ url: CameraURL,
        network: Network,
        output: EventOutput,
        mark: StreamMark,
        recording: StreamRecording,
        start: MonotonicTime
    ) {
        key = StreamKey(camera: assignment.camera, stream: assignment.stream)
        self.url = url
        self.network = network
        self.output = output
        self.mark = mark
        self.recording = recording
        credentials = assignment.credentials
        phase = .waiting(until: start)
        watch = MediaWatch(at: start)
        condition = StreamCondition(key, at: HostClocks.wall())
        statisticsAt = start
        report()
    }

    private var now: MonotonicTime {
        network.loop.now
    }

    private var arrival: Arrival {
        Arrival(monotonic: now, wall: HostClocks.wall())
    }

    /// To be called every `RecorderLimits.tickInterval`.
    func tick() {
        let previous = mark.enter()
        defer { mark.leave(previous) }
        switch phase {
        case .waiting(let until):
            if now >= until { connect() }
        case .connecting:
            input?.tick()
        case .playing:
            input?.tick()
            watchMedia()
        case .stopped:
            return
        }
        recording.tick(at: arrival)
        condition.tick(at: now)
        report()
        if now - statisticsAt >= RecorderLimits.statisticsInterval { tellStatistics() }
    }

    /// TEARDOWN: nothing more to come; `stop` is to follow.
    func takeLeave() {
        let previous = mark.enter()
        defer { mark.leave(previous) }
        phase = .stopped
        input?.close()
        input = nil
    }

    /// TEARDOWN, the chunk closed, nothing more to come.
    func stop() {
        takeLeave()
        let previous = mark.enter()
        defer { mark.leave(previous) }
        recording.finish(at: arrival)
    }

    /// The disk gave up a chunk of this stream.
    func diskFailed(_ ticket: ChunkTicket, _ message: String) {
        let previous = mark.enter()
        defer { mark.leave(previous) }
        recording.diskFailed(ticket, message, at: arrival)
        report()
    }

    /// What was written last may not be durable.
    func syncFailed(_ message: String, isRepeated: Bool) {
        let previous = mark.enter()
        defer { mark.leave(previous) }
        recording.syncFailed(message, isRepeated: isRepeated, at: arrival)
        report()
    }

    private func connect() {
        let target = redirect ?? url
        redirect = nil
        // Credentials belong to the host they were given for, not to where it points.
        let isSameHost = target.host == url.host
        let input = RTSPInput(
            network,
            url: target,
            credentials: isSameHost ? credentials : nil,
            mark: mark
        )
        input.owner = self
        self.input = input
        phase = .connecting
        input.open()
    }

    /// Gives up a session that stands but is of no use.
    private func watchMedia() {
        if recording.recordedPictures != recordedPictures {
            recordedPictures = recording.recordedPictures
            watch.recorded(at: now)
        }
        if recording.isPaused { watch.paused(at: now) }
        guard case .playing = phase, let verdict = watch.check(at: now) else { return }
        input?.close()
        input = nil
        condition.stalled(verdict)
        recording.interrupt(verdict == .silent ? .cameraOffline : .noKeyframe, at: arrival)
        retry(.passing)
    }

    private func ended(_ end: InputEnd) {
        input = nil
        var wasPlaying = false
        if case .playing = phase { wasPlaying = watch.hasPictures }
        switch end.kind {
        case .authentication:
            condition.refused(end.message)
            recording.interrupt(.authFailed, at: arrival)
            retry(.authentication)
        case .refused:
            condition.offline(end.message)
            recording.interrupt(.connectFailed, at: arrival)
            retry(.lasting)
        case .redirect(let target):
            let chance = UInt64.random(in: .min ... .max)
            let pause = reconnect.redirected(at: now, chance: chance)
            if wasPlaying || pause == nil {
                condition.offline(end.message)
                recording.interrupt(wasPlaying ? .cameraOffline : .connectFailed, at: arrival)
            }
            guard let pause else {
                retry(.passing)
                break
            }
            redirect = target
            phase = .waiting(until: now + pause)
        case .unreachable, .broken:
            condition.offline(end.message)
            recording.interrupt(wasPlaying ? .cameraOffline : .connectFailed, at: arrival)
            retry(.passing)
        }
        output.log("info", "the connection ended: \(end.message)", camera: key.camera)
    }

    private func retry(_ failure: ReconnectStateMachine.Failure) {
        let chance = UInt64.random(in: .min ... .max)
        let pause = reconnect.failed(failure, at: now, chance: chance)
        phase = .waiting(until: now + pause)
        report()
    }

    private func report() {
        for notice in recording.takeNotices() {
            switch notice {
            case .warning(let text): condition.warn(text)
            case .diskFailed(let text): condition.diskFailed(text)
            case .syncFailed(let text):
                condition.diskFailed(text, until: now + RecorderLimits.degraded)
            }
        }
        let status = condition.status(gap: recording.openGap, at: HostClocks.wall())
        if let status { output.tell(status) }
    }

    private func tellStatistics() {
        let seconds =
            Double((now - statisticsAt).components.seconds)
            + Double((now - statisticsAt).components.attoseconds) / 1e18
        statisticsAt = now
        let tally = recording.tally
        recording.restartTally()
        guard case .playing = phase, seconds > 0 else { return }
        output.tell(
            StreamStatistics(
                camera: key.camera,
                stream: key.stream,
                frameRate: Double(tally.pictures) / seconds,
                bitRate: Int(Double(tally.bytes * 8) / seconds),
                lastKeyframeAt: tally.lastKeyframeAt,
                reconnects: max(0, connections - 1),
                packetsLost: tally.packetsLost
            )
        )
    }
}

extension CameraSession: CameraInputOwner {
    func input(_ input: any CameraInput, _ event: CameraInputEvent) {
        guard input === self.input else { return }
        switch event {
        case .playing(let description):
            phase = .playing
            watch.connected(at: now)
            connections += 1
            recording.connect(description, at: arrival)
            condition.connected(warnings: description.warnings)
        case .parameters(let parameters):
            recording.change(parameters, at: arrival)
        case .unit(let unit):
            if unit.track == .video {
                if !watch.hasPictures {
                    reconnect.connected(at: now)
                    condition.live()
                }
                watch.received(isKey: unit.isKey, at: now)
            }
            recording.receive(unit, at: arrival)
        case .loss(let track, let packets):
            recording.lose(track, packets: packets, at: arrival)
            condition.lost(until: now + RecorderLimits.degraded)
        case .senderReport(let track, let ntp, let rtp):
            recording.receiveSenderReport(track, ntp: ntp, rtp: rtp, at: arrival)
        case .warning(let text):
            condition.warn(text)
        case .ended(let end):
            ended(end)
        }
    }
}
