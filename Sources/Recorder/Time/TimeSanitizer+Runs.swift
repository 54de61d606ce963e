import Domain

/// Where runs begin and end.
extension TimeSanitizer {
    /// Puts a picture into the open run, or begins one with it.
    mutating func place(_ picture: PlacedPicture) {
        if let jump = picture.jump {
            note(jump, at: picture.arrival)
        }
        if let run, picture.media - run.latest > TimeLimits.longestPicture.ticks {
            endRun(.silence, gap: .cameraOffline)
        }
        if run != nil, let reason = restartReason(at: picture) {
            guard picture.unit.isKey else {
                // Only new parameters cannot wait for a key picture.
                endRun(reason, gap: .noKeyframe)
                drop(picture)
                return
            }
            concludeRun(reason, with: picture)
        }
        if run == nil {
            guard picture.unit.isKey else {
                drop(picture)
                return
            }
            beginRun(with: picture)
        }
        extendRun(with: picture)
    }

    /// Ends the run behind the last picture, whose duration is taken to be the usual. `gap` is why
    /// what follows is missing, if it is.
    mutating func endRun(_ reason: RunReason, gap: GapReason?) {
        guard let open = run else { return }
        let usual = clock.interval.ticks
        putHeld(until: (open.held?.decode ?? 0) + usual, nextIsKey: false)
        closeRun(reason)
        if let gap, let lastEnd {
            absence = Absence(start: lastEnd, wallOffset: open.wallOffset, reason: gap)
        }
    }

    private mutating func drop(_ picture: PlacedPicture) {
        tally.picturesBeforeKey += 1
        if absence == nil {
            absence = Absence(
                start: picture.arrival.wall,
                wallOffset: picture.arrival.wallOffset,
                reason: .noKeyframe
            )
        }
    }

    private mutating func note(_ jump: PlacedPicture.Jump, at arrival: Arrival) {
        tally.jumps += 1
        reports = SenderReports()
        if !restarts.allows(at: arrival.monotonic.ticks) {
            giveUpStamps()
        } else {
            jumpIsDue = true
        }
        if jump == .hole {
            endRun(.timeJump, gap: .timeJump)
        }
    }

    private mutating func giveUpStamps() {
        tally.restartsHeldBack += 1
        guard !clock.isTimedByArrival else { return }
        clock.useArrivals()
        reports = SenderReports()
        put(.warning(.stampsUnusable))
    }

    /// Why a run must begin with this picture, if it is a key picture.
    private mutating func restartReason(at picture: PlacedPicture) -> RunReason? {
        if parametersChanged { return .parameters }
        guard picture.unit.isKey, let run else { return nil }
        if jumpIsDue { return .timeJump }
        if run.depthNeeded > depth {
            depth = min(run.depthNeeded, TimeLimits.reorderDepth)
            return .reordering
        }
        let now = picture.arrival.monotonic.ticks
        let dated = run.start + MediaTime(ticks: picture.media - run.first)
        let truth = wallTime(of: picture)
        let hostStep = picture.arrival.wallOffset - run.wallOffset
        if hostStep.magnitude > UInt64(TimeLimits.hostClockStep) {
            if hostSteps.allows(at: now) { return .hostClockStep }
            tally.restartsHeldBack += 1
            return nil
        }
        guard (truth - dated).ticks.magnitude > UInt64(TimeLimits.largestDrift.ticks) else {
            return nil
        }
        if restarts.allows(at: now) { return .drift }
        giveUpStamps()
        return nil
    }

    /// When a picture was taken, by our clock.
    private func wallTime(of picture: PlacedPicture) -> WallTime {
        let now = picture.arrival.monotonic.ticks
        let taken = MediaTime(ticks: picture.media + (clock.latency.value ?? 0) - now)
        return picture.arrival.wall + taken
    }

    private mutating func beginRun(with picture: PlacedPicture) {
        var start = wallTime(of: picture)
        let reason = parametersChanged ? .parameters : jumpIsDue ? .timeJump : nextReason
        if absence == nil, reason != .drift, reason != .hostClockStep, let lastEnd {
            let difference = (start - lastEnd).ticks
            if difference.magnitude <= UInt64(TimeLimits.meetingDates.ticks) {
                start = lastEnd
            }
        }
        var gap: Gap?
        if let absence {
            let gapStart = absence.start(seenWith: picture.arrival.wallOffset)
            if gapStart < start {
                gap = Gap(start: gapStart, end: start, reason: absence.reason)
            }
            audio?.release()
        } else if reason == .drift, let lastEnd, start - lastEnd > TimeLimits.hole {
            // The camera's clock stood still: for that long nothing was recorded.
            gap = Gap(start: lastEnd, end: start, reason: .timeJump)
        }
        let order = DecodeOrder(
            depth: depth,
            first: picture.media,
            interval: clock.interval.ticks
        )
        let base = picture.media - Int64(depth) * clock.interval.ticks
        run = OpenRun(
            start: start,
            wallOffset: picture.arrival.wallOffset,
            first: picture.media,
            base: base,
            order: order,
            latest: picture.media,
            depthNeeded: depth
        )
        let now = picture.arrival.monotonic.ticks
        put(
            .runStarted(
                RunStart(
                    start: start,
                    reason: reason,
                    gap: gap,
                    cameraTime: reports.cameraTime(of: picture.media, at: now),
                    repeatsDates: lastEnd.map { $0 - start > TimeLimits.hole } ?? false
                )
            )
        )
        absence = nil
        parametersChanged = false
        jumpIsDue = false
    }

    private mutating func extendRun(with picture: PlacedPicture) {
        // In place: a copy of the run would make its order copy what it holds.
        guard let base = run?.base, let place = run?.order.decodeTime(of: picture.media) else {
            return
        }
        let decode = place - base
        var presentation = picture.media - base
        if presentation < decode {
            presentation = decode
            tally.presentationsMoved += 1
            if let seen = run?.order.depthSeen { run?.depthNeeded.raise(to: seen) }
        }
        run?.latest.raise(to: picture.media)
        putHeld(until: decode, nextIsKey: picture.unit.isKey)
        run?.held = OpenRun.Held(
            unit: picture.unit,
            decode: decode,
            presentation: presentation,
            arrival: picture.arrival.monotonic.ticks
        )
    }

    /// Ends the run where a picture that begins the next one without a hole would have stood.
    private mutating func concludeRun(_ reason: RunReason, with picture: PlacedPicture) {
        guard var open = run else { return }
        let decode = open.order.decodeTime(of: picture.media) - open.base
        putHeld(until: decode, nextIsKey: false)
        closeRun(reason)
    }

    private mutating func closeRun(_ reason: RunReason) {
        run = nil
        nextReason = reason
        if let lastEnd {
            put(.runEnded(lastEnd))
        }
    }

    /// Puts out the held picture, and in front of it the audio that belongs to it.
    private mutating func putHeld(until end: Int64, nextIsKey: Bool) {
        guard let held = run?.held, let start = run?.start else { return }
        let longest = TimeLimits.longestPicture.ticks
        let duration = min(max(1, end - held.decode), longest)
        if let first = run?.first, let base = run?.base, run?.isFirstOut == true {
            putAudio(before: held.decode + duration, first: first, base: base)
        }
        put(
            .unit(
                TimedUnit(
                    unit: held.unit,
                    decode: MediaTime(ticks: held.decode),
                    presentation: MediaTime(ticks: held.presentation),
                    duration: MediaTime(ticks: duration),
                    nextIsKey: nextIsKey
                )
            )
        )
        run?.held = nil
        run?.isFirstOut = true
        lastEnd = start + MediaTime(ticks: held.decode + duration)
    }
}

extension SignedInteger {
    fileprivate mutating func raise(to value: Self) {
        self = Swift.max(self, value)
    }
}
