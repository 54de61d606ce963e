internal import Domain
internal import MediaIO
internal import RTSP
internal import Spool

/// The way of one stream's units to the disk: time, cut, mux, queue. On the I/O thread.
///
/// One for as long as the stream is recorded, over all its connections.
final class StreamRecording {
    /// What the session should know.
    enum Notice {
        case warning(String)
        /// Recording pauses; the text says why.
        case diskFailed(String)
        /// A sync failed and recording goes on; the text says why.
        case syncFailed(String)
    }

    private let disk: DiskQueue
    private let tenant: TenantID
    private let key: StreamKey
    private let epoch: Int64
    private var nextSequence: Int64

    private var sanitizer: TimeSanitizer
    private var cutter: SegmentCutter
    private var video: VideoParameters?
    private var audio: AudioParameters?
    /// No file can hold this connection's audio: it is left out.
    private var audioIsRefused = false
    /// Parameters that no file can hold: nothing is recorded until they change.
    private var parametersAreRefused = false
    private var run: RecordedRun?
    private var untold = UntoldGap()
    private var videoEnd = MediaTime.zero
    private var chunk: ChunkRecording?
    /// Where a gap must begin at the latest because what was cut did not reach the disk.
    private var lostSince: WallTime?
    /// End of the last fragment that the disk has.
    private var writtenUntil: WallTime?
    private var pausedUntil: MonotonicTime?
    private var notices: [Notice] = []

    private(set) var tally = StreamTally()
    /// Pictures that went into chunks since the start; compared only, to see that it goes on.
    private(set) var recordedPictures = 0

    init(_ assignment: RecorderAssignment, disk: DiskQueue, chunkSeconds: Int) {
        self.disk = disk
        tenant = assignment.tenant
        key = StreamKey(camera: assignment.camera, stream: assignment.stream)
        epoch = assignment.epoch
        nextSequence = assignment.nextSequence
        sanitizer = TimeSanitizer(audioClockRate: nil)
        cutter = SegmentCutter(chunkSeconds: chunkSeconds)
        if let recordedUntil = assignment.recordedUntil {
            sanitizer.noteAbsence(
                since: recordedUntil,
                reason: assignment.interruption ?? .workerDown
            )
        }
    }

    /// Why nothing is recorded now; nil while something is.
    var openGap: GapReason? {
        pausedUntil == nil ? sanitizer.openGap?.reason : .diskFull
    }

    /// The disk has a rest; what the camera sends is not even looked at.
    var isPaused: Bool {
        pausedUntil != nil
    }

    func takeNotices() -> [Notice] {
        defer { notices = [] }
        return notices
    }

    /// Begins a new interval of the statistics.
    func restartTally() {
        tally.restart()
    }

    /// A connection brings these tracks.
    func connect(_ description: RTSPDescription, at arrival: Arrival) {
        sanitizer.connect(audioClockRate: description.audio?.clockRate, at: arrival)
        drain(arrival)
        // After what was held: it belonged to the old parameters.
        video = description.video
        audio = description.audio
        audioIsRefused = false
        parametersAreRefused = false
    }

    func change(_ parameters: VideoParameters, at arrival: Arrival) {
        if video != nil, video != parameters {
            sanitizer.changeParameters(at: arrival)
            drain(arrival)
        }
        video = parameters
        parametersAreRefused = false
    }

    func receive(_ unit: MediaUnit, at arrival: Arrival) {
        tally.note(unit, at: arrival.wall)
        if let pausedUntil {
            guard arrival.monotonic >= pausedUntil else { return }
            self.pausedUntil = nil
        }
        // Pictures before their parameters cannot be decoded, by nobody.
        guard video != nil, !parametersAreRefused else { return }
        sanitizer.receive(unit, at: arrival)
        drain(arrival)
    }

    func lose(_ track: TrackKind, packets: Int, at arrival: Arrival) {
        tally.packetsLost += packets
        sanitizer.loseUnits(of: track, at: arrival)
        drain(arrival)
    }

    func receiveSenderReport(_ track: TrackKind, ntp: UInt64, rtp: UInt32, at arrival: Arrival) {
        sanitizer.receiveSenderReport(track, ntp: ntp, rtp: rtp, at: arrival)
    }

    func interrupt(_ reason: GapReason, at arrival: Arrival) {
        sanitizer.interrupt(reason, at: arrival)
        drain(arrival)
    }

    func tick(at arrival: Arrival) {
        sanitizer.tick(at: arrival)
        drain(arrival)
    }

    /// The end: what is held is written and the chunk closed.
    func finish(at arrival: Arrival) {
        sanitizer.finish()
        drain(arrival)
    }

    /// The disk has everything of a chunk up to a moment.
    func wrote(until: WallTime) {
        writtenUntil = until
        untold.wrote(until: until)
    }

    /// The disk gave up a chunk.
    func diskFailed(_ ticket: ChunkTicket, _ message: String, at arrival: Arrival) {
        // Also while it pauses already: what was queued before is lost as well.
        untold.failed()
        lostSince = earlier(lostSince, writtenUntil ?? chunk?.header.start)
        guard pausedUntil == nil || chunk?.ticket == ticket else { return }
        pause(message, at: arrival)
        drain(arrival)
    }

    /// A sync failed: what the open chunk got since the last good one counts as not durable, so the
    /// chunk is given up and another begins with the next key picture. Whoever seals the old one
    /// checks every byte of it. A disk that fails again at once has a rest.
    func syncFailed(_ message: String, isRepeated: Bool, at arrival: Arrival) {
        guard run != nil, pausedUntil == nil else { return }
        let text = "the disk of the spool folder fails: \(message)"
        if isRepeated {
            pause(text, at: arrival)
        } else {
            notices.append(.syncFailed(text))
            giveUp(.diskFull, arrival)
        }
        drain(arrival)
    }

    private func drain(_ arrival: Arrival) {
        while let output = sanitizer.nextOutput() {
            switch output {
            case .runStarted(let start): begin(start)
            case .unit(let unit): record(unit, arrival)
            case .runEnded: endRun(arrival)
            case .warning(let warning): notices.append(.warning(warning.description))
            }
        }
    }

    private func begin(_ start: RunStart) {
        cutter.beginRun()
        videoEnd = .zero
        untold.begin(at: start.start, gap: start.gap, lostSince: lostSince)
        lostSince = nil
        run = video.map {
            RecordedRun(id: RunID(), start: start.start, video: $0, audio: audio)
        }
    }

    private func record(_ unit: TimedUnit, _ arrival: Arrival) {
        guard let run else { return }
        if unit.unit.track == .audio, audioIsRefused || run.audio == nil { return }
        let decision = cutter.append(unit)
        perform(decision.before, .rolled, arrival)
        append(unit, arrival)
        perform(decision.after, .rolled, arrival)
    }

    private func append(_ unit: TimedUnit, _ arrival: Arrival) {
        guard let run else { return }
        do throws(MediaIOError) {
            if chunk?.isFull == true { flush(endsSegment: false, arrival) }
            if chunk == nil { chunk = try openChunk(run) }
            try chunk?.append(unit)
            guard unit.unit.track == .video else { return }
            videoEnd = unit.end
            recordedPictures &+= 1
        } catch {
            switch error.code {
            case .badUnit:
                tally.unitsRefused += 1
                if unit.unit.track == .audio { refuseAudio(error.message) }
            case .badParameters:
                parametersAreRefused = true
                notices.append(.warning(error.message))
                giveUp(.noKeyframe, arrival)
            case .outOfMemory, .library:
                notices.append(.warning(error.message))
                giveUp(.packetLoss, arrival)
            }
        }
    }

    private func openChunk(_ run: RecordedRun) throws(MediaIOError) -> ChunkRecording {
        let identity = ChunkIdentity(
            tenant: tenant,
            camera: key.camera,
            stream: key.stream,
            epoch: epoch,
            sequence: nextSequence
        )
        let chunk = try ChunkRecording(
            disk.ticket(identity),
            run: run,
            start: videoEnd,
            gap: untold.next
        )
        nextSequence += 1
        if run.audio != nil, chunk.run.audio == nil {
            self.run = chunk.run
            refuseAudio("no file can hold its parameters")
        }
        return chunk
    }

    /// The pictures are recorded without sound until the camera is connected to again.
    private func refuseAudio(_ reason: String) {
        audio = nil
        audioIsRefused = true
        notices.append(.warning("the camera's audio is not recorded: \(reason)"))
    }

    private func perform(_ actions: [CutAction], _ end: ChunkEnd, _ arrival: Arrival) {
        for (index, action) in actions.enumerated() {
            switch action {
            case .flushPart:
                var endsSegment = false
                if case .closeSegment? = actions[(index + 1)...].first { endsSegment = true }
                flush(endsSegment: endsSegment, arrival)
            case .closeSegment:
                // Without a part before it when that was written already.
                chunk?.beginSegment()
            case .rollChunk:
                closeChunk(end)
            }
        }
    }

    private func endRun(_ arrival: Arrival) {
        perform(cutter.endRun(), .ended, arrival)
        closeChunk(.ended)
        run = nil
    }

    private func closeChunk(_ end: ChunkEnd) {
        if let chunk, chunk.isOnDisk { disk.close(chunk.ticket, end) }
        chunk = nil
    }

    private func flush(endsSegment: Bool, _ arrival: Arrival) {
        guard let chunk else { return }
        do throws(MediaIOError) {
            let start = chunk.fragmentStart
            guard let fragment = try chunk.takeFragment(endsSegment: endsSegment) else { return }
            guard disk.write(fragment, of: chunk) else {
                lostSince = earlier(lostSince, start)
                return pause("the disk of the spool folder is too slow", at: arrival)
            }
            // The gap is told once, by the chunk that begins the run.
            untold.handOver()
        } catch {
            notices.append(.warning(error.message))
            giveUp(.packetLoss, arrival)
        }
    }

    private func pause(_ message: String, at arrival: Arrival) {
        pausedUntil = arrival.monotonic + RecorderLimits.diskPause
        notices.append(.diskFailed(message))
        giveUp(.diskFull, arrival)
    }

    /// Ends the run at what has been handed over; the next one begins with a gap.
    private func giveUp(_ reason: GapReason, _ arrival: Arrival) {
        if let chunk { lostSince = earlier(lostSince, chunk.fragmentStart) }
        closeChunk(.ended)
        run = nil
        sanitizer.interrupt(reason, at: arrival)
    }

    private func earlier(_ left: WallTime?, _ right: WallTime?) -> WallTime? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }
}
