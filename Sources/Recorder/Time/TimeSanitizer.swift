package import Domain

/// Gives every picture and audio frame its place in time, whatever the camera's stamps say.
///
/// A value without I/O or clock: every input carries its arrival. Use: feed inputs, then take all
/// outputs with `nextOutput()`. One per stream for as long as the stream is recorded, over all its
/// connections.
///
/// A run is dated by arrival: the wall time of its first picture is the arrival less the jitter
/// seen around it. When the dates no longer agree with our clock (drift of the camera's clock,
/// a step of ours) the next key picture begins a run with a fresh date and nothing is lost. Dates
/// are never slewed within a run, so wall time stays linear in media time. A drift that is put
/// right can make the dates of two runs overlap by about half a second, or leave a hole as short,
/// in which nothing is missing. If our clock is set back, the new dates stand although they were
/// used before (`RunStart.repeatsDates`).
///
/// Pictures timed by arrival are shown in the order sent: a camera with both unusable stamps and
/// reordered pictures shows the latter in the wrong order.
package struct TimeSanitizer: Sendable {
    /// A gap that has begun and whose end is not known.
    struct Absence: Sendable {
        var start: WallTime
        /// Microseconds between our two clocks when `start` was read; nil if not known.
        var wallOffset: Int64?
        var reason: GapReason

        /// The start on the wall clock as it is now: if the host's clock was set meanwhile, the
        /// gap is still as long as what is missing.
        func start(seenWith offset: Int64) -> WallTime {
            guard let wallOffset else { return start }
            let step = offset &- wallOffset
            guard step.magnitude > UInt64(TimeLimits.hostClockStep) else { return start }
            return WallTime(microseconds: start.microseconds &+ step)
        }
    }

    var clock = CameraClock()
    var audio: AudioClock?
    var reports = SenderReports()
    var restarts = RestartLimiter(limit: TimeLimits.restarts)
    var hostSteps = RestartLimiter(limit: TimeLimits.restarts)
    var run: OpenRun?
    var absence: Absence?
    /// What the next run's reason is if nothing else happens.
    var nextReason = RunReason.connected
    var probation: HeldInput?
    var isOnProbation = true
    var parametersChanged = false
    var jumpIsDue = false
    /// Deepest reordering seen; kept over connections, for a camera rarely changes it.
    var depth = 0
    var lastEnd: WallTime?
    var pendingAudio: [AudioClock.Frame] = []
    var warnedOfAudioRate = false
    var tally = TimeCounters()
    private var earlierPictures = (restamped: 0, timedByArrival: 0)
    private var earlierAudio = (dropped: 0, reanchored: 0)
    private var outputs: [TimeOutput] = []
    private var taken = 0

    /// - Parameter audioClockRate: RTP ticks a second of the audio track; nil, or a rate that
    ///   cannot be, for no audio.
    package init(audioClockRate: Int?) {
        audio = Self.audioClock(audioClockRate)
    }

    package var counters: TimeCounters {
        var counters = tally
        counters.picturesRestamped = earlierPictures.restamped + clock.picturesRestamped
        counters.picturesTimedByArrival =
            earlierPictures.timedByArrival + clock.picturesTimedByArrival
        counters.audioDropped += earlierAudio.dropped + (audio?.dropped ?? 0)
        counters.audioReanchored = earlierAudio.reanchored + (audio?.reanchored ?? 0)
        return counters
    }

    /// A unit out of the depacketiser, in the order they came.
    package mutating func receive(_ unit: MediaUnit, at arrival: Arrival) {
        switch unit.track {
        case .video:
            var placed: [PlacedPicture] = []
            let wasTimedByArrival = clock.isTimedByArrival
            clock.receive(unit, at: arrival, into: &placed)
            take(placed)
            if wasTimedByArrival, !clock.isTimedByArrival {
                put(.warning(.stampsUsableAgain))
            }
        case .audio:
            receiveAudio(unit, at: arrival)
        }
        endProbation(ifOverAt: arrival)
    }

    /// Packets of a track are missing. After a loss in the video, pictures up to the next key
    /// picture are dropped and the run ends behind the last whole one.
    package mutating func loseUnits(of track: TrackKind, at arrival: Arrival) {
        guard track == .video else { return }
        settle()
        endRun(.packetLoss, gap: .packetLoss)
    }

    /// The next picture needs other parameters than those before: a new run begins with it.
    /// Call it for real changes only, not for repeated parameter sets, and not before the first.
    package mutating func changeParameters(at arrival: Arrival) {
        settle()
        parametersChanged = true
    }

    /// A sender report (RFC 3550 6.4.1): `ntp` is the 64-bit NTP time stamp.
    package mutating func receiveSenderReport(
        _ track: TrackKind,
        ntp: UInt64,
        rtp: UInt32,
        at arrival: Arrival
    ) {
        let now = arrival.monotonic.ticks
        switch track {
        case .video:
            guard let media = clock.media(of: rtp) else { return }
            reports.noteVideo(ntp: ntp, media: media, at: now)
        case .audio:
            guard let audio else { return }
            reports.noteAudio(ntp: ntp, raw: audio.extended(rtp), at: now)
        }
    }

    /// A new connection was made and its tracks are known: time stamps start anew. Ends the run
    /// if one is open (call `interrupt` first to say why).
    package mutating func connect(audioClockRate: Int?, at arrival: Arrival) {
        if run != nil || probation != nil {
            interrupt(.cameraOffline, at: arrival)
        }
        let before = counters
        earlierPictures = (before.picturesRestamped, before.picturesTimedByArrival)
        earlierAudio = (before.audioDropped - tally.audioDropped, before.audioReanchored)
        clock = CameraClock()
        audio = Self.audioClock(audioClockRate)
        reports = SenderReports()
        pendingAudio.removeAll()
        isOnProbation = true
        parametersChanged = false
        jumpIsDue = false
        warnedOfAudioRate = false
    }

    /// The stream stopped: the connection was lost, refused, or recording cannot go on. Ends the
    /// open run. The next run's gap begins where this one ended and has this reason; of several
    /// reasons in a row the first stays, but the reasons that name a cause (`authFailed`,
    /// `connectFailed`) replace `cameraOffline`.
    package mutating func interrupt(_ reason: GapReason, at arrival: Arrival) {
        settle()
        endRun(.connected, gap: reason)
        nextReason = .connected
        guard let open = absence else {
            absence = Absence(
                start: arrival.wall,
                wallOffset: arrival.wallOffset,
                reason: reason
            )
            return
        }
        let namesCause = reason == .authFailed || reason == .connectFailed
        if open.reason == .cameraOffline, namesCause {
            absence?.reason = reason
        }
    }

    /// Nothing was recorded since a moment before this sanitiser existed (what the spool knows
    /// after a restart): the first run gets a gap from there.
    package mutating func noteAbsence(since start: WallTime, reason: GapReason) {
        guard run == nil else { return }
        absence = Absence(start: start, wallOffset: nil, reason: reason)
    }

    /// To be called at least once a second. A picture held back for longer than
    /// `TimeLimits.silence` is put out and its run ended, with a gap of `cameraOffline`.
    package mutating func tick(at arrival: Arrival) {
        let now = arrival.monotonic.ticks
        let limit = TimeLimits.silence.ticks
        endProbation(ifOverAt: arrival)
        let oldest = [clock.heldSince, run?.held?.arrival, probation?.since].compactMap { $0 }
        guard let since = oldest.max(), now - since > limit else { return }
        settle()
        endRun(.silence, gap: .cameraOffline)
    }

    /// The last call: puts out what is held and ends the run.
    package mutating func finish() {
        settle()
        endRun(.connected, gap: nil)
    }

    /// The next output, nil when there is none.
    package mutating func nextOutput() -> TimeOutput? {
        guard taken < outputs.count else {
            outputs.removeAll(keepingCapacity: outputs.count < 64)
            taken = 0
            return nil
        }
        defer { taken += 1 }
        return outputs[taken]
    }

    /// The gap that is open now; nil while a run is, or if nothing was ever missing.
    package var openGap: (start: WallTime, reason: GapReason)? {
        absence.map { ($0.start, $0.reason) }
    }

    mutating func put(_ output: TimeOutput) {
        outputs.append(output)
    }

    private static func audioClock(_ rate: Int?) -> AudioClock? {
        guard let rate, rate > 0, rate <= Int(UInt32.max) else { return nil }
        return AudioClock(rate: rate)
    }
}
