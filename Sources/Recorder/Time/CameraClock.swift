import Domain

/// Turns the video's RTP stamps into one timeline that follows real time.
///
/// A stamp is believed if it continues the ones before. One that does not makes its picture a
/// suspect, held until the next pictures tell what it was: if they continue the old stamps, it was
/// an outlier and gets a time between its neighbours; if a few in a row continue the suspect, the
/// camera's clock was set and the new stamps are moved to where the old ones ended.
///
/// All times here are ticks of 1/90,000 s.
struct CameraClock: Sendable {
    /// The picture that is shown last of all so far.
    struct Reference: Sendable {
        var raw: Int64
        var media: Int64
        var arrival: Int64
        /// The stamp that was last of all before it: a reordered picture lies between the two.
        var before: Int64
    }

    struct Suspect: Sendable {
        var unit: MediaUnit
        var arrival: Arrival
        var raw: Int64
        /// How many suspects in a row up to this one continue each other.
        var chain: Int
    }

    private(set) var latency = LatencyFloor(bucket: TimeLimits.latencyBucket)
    private(set) var interval = PictureInterval()
    private(set) var picturesRestamped = 0
    private(set) var picturesTimedByArrival = 0
    private(set) var reference: Reference?
    private var firstArrival: Int64 = 0
    private var suspects: [Suspect] = []
    private var arrivalTiming: ArrivalTiming?

    /// When the oldest held picture came; nil when none is held.
    var heldSince: Int64? {
        suspects.first?.arrival.monotonic.ticks
    }

    /// Bytes of the held pictures.
    var suspectBytes: Int {
        suspects.reduce(0) { $0 + $1.unit.bytes.count }
    }

    var isTimedByArrival: Bool {
        arrivalTiming != nil
    }

    /// Where a stamp of this moment lies on the timeline; nil before the first picture and while
    /// stamps are not used.
    func media(of stamp: UInt32) -> Int64? {
        guard let reference, arrivalTiming == nil else { return nil }
        return reference.media &+ RTPStamp.extended(stamp, near: reference.raw) &- reference.raw
    }

    /// Takes a picture and appends those whose time is known now, in order.
    mutating func receive(
        _ unit: MediaUnit,
        at arrival: Arrival,
        into placed: inout [PlacedPicture]
    ) {
        let now = arrival.monotonic.ticks
        guard let reference else {
            firstArrival = now
            accept(unit, arrival, raw: Int64(unit.rtpTimestamp), media: 0, into: &placed)
            return
        }
        guard arrivalTiming == nil else {
            timeByArrival(unit, arrival, reference, into: &placed)
            return
        }
        let raw = RTPStamp.extended(unit.rtpTimestamp, near: reference.raw)
        let media = reference.media &+ raw &- reference.raw
        if continues(reference, raw: raw, arrival: now) {
            restampSuspects(before: media, into: &placed)
            accept(unit, arrival, raw: raw, media: media, into: &placed)
        } else {
            suspect(unit, arrival, reference, into: &placed)
        }
    }

    /// Gives held pictures a time by their arrival: nothing that could explain them will come.
    mutating func settle(into placed: inout [PlacedPicture]) {
        guard let reference, !suspects.isEmpty else { return }
        move(to: suspects.count - 1, from: reference, into: &placed)
    }

    /// From now on pictures are timed by arrival, until stamps are steady again.
    mutating func useArrivals() {
        guard let reference, let floor = latency.value else { return }
        arrivalTiming = ArrivalTiming(
            floor: floor,
            raw: reference.raw,
            arrival: reference.arrival
        )
    }

    private func continues(_ reference: Reference, raw: Int64, arrival: Int64) -> Bool {
        let step = raw &- reference.raw
        guard step > 0 else {
            return step < 0 && raw > reference.before && step > -TimeLimits.reorderSpan.ticks
        }
        let usual = min(2 &* interval.ticks, TimeLimits.longestPlainStep.ticks)
        if step <= max(TimeLimits.plainStep.ticks, usual) { return true }
        let isNew = arrival - firstArrival < TimeLimits.probation.ticks
        let allowance = isNew ? TimeLimits.aheadAtFirst : TimeLimits.aheadOfRealTime
        let expected = arrival - (latency.value ?? 0)
        return reference.media + step - expected <= allowance.ticks
    }

    private mutating func accept(
        _ unit: MediaUnit,
        _ arrival: Arrival,
        raw: Int64,
        media: Int64,
        into placed: inout [PlacedPicture]
    ) {
        let now = arrival.monotonic.ticks
        if let before = reference {
            interval.note(max(0, media - before.media))
            if raw > before.raw {
                reference = Reference(
                    raw: raw,
                    media: media,
                    arrival: now,
                    before: before.raw
                )
            }
        } else {
            reference = Reference(raw: raw, media: media, arrival: now, before: raw)
        }
        latency.note(now - media, at: now)
        placed.append(PlacedPicture(unit: unit, arrival: arrival, media: media, jump: nil))
    }

    /// Spreads the suspects, outliers all, evenly between the reference and a picture behind them.
    private mutating func restampSuspects(before media: Int64, into placed: inout [PlacedPicture]) {
        guard let reference, !suspects.isEmpty else { return }
        let count = Int64(suspects.count)
        let room = max(count + 1, media - reference.media)
        for (index, suspect) in suspects.enumerated() {
            let time = reference.media + room * (Int64(index) + 1) / (count + 1)
            placed.append(
                PlacedPicture(unit: suspect.unit, arrival: suspect.arrival, media: time, jump: nil)
            )
        }
        picturesRestamped += suspects.count
        suspects.removeAll()
    }

    private mutating func suspect(
        _ unit: MediaUnit,
        _ arrival: Arrival,
        _ reference: Reference,
        into placed: inout [PlacedPicture]
    ) {
        let last = suspects.last
        let raw = RTPStamp.extended(unit.rtpTimestamp, near: last?.raw ?? reference.raw)
        var chain = 1
        if let last {
            let step = raw &- last.raw
            let passed = arrival.monotonic.ticks - last.arrival.monotonic.ticks
            let isNext =
                step != 0 && step > -TimeLimits.reorderSpan.ticks
                && step <= passed + TimeLimits.aheadOfRealTime.ticks
            chain = isNext ? last.chain + 1 : 1
        }
        suspects.append(Suspect(unit: unit, arrival: arrival, raw: raw, chain: chain))
        if chain >= TimeLimits.confirmations {
            move(to: suspects.count - chain, from: reference, into: &placed)
        } else if suspects.count >= TimeLimits.suspects
            || suspectBytes >= TimeLimits.suspectBytes
        {
            move(to: suspects.count - 1, from: reference, into: &placed)
        }
    }

    /// Continues the timeline with the stamps of the suspect at an index: a jump. What is held in
    /// front of it gets times in between.
    private mutating func move(
        to index: Int,
        from reference: Reference,
        into placed: inout [PlacedPicture]
    ) {
        let held = suspects
        suspects.removeAll()
        let head = held[index]
        let usual = interval.ticks
        let ordinary = usual * (Int64(index) + 1)
        let passed = held[0].arrival.monotonic.ticks - reference.arrival
        let elapsed = head.arrival.monotonic.ticks - reference.arrival
        let isHole = passed > max(TimeLimits.hole.ticks, 2 * usual)
        let step = isHole || elapsed > ordinary + usual ? elapsed : ordinary
        let first = placed.endIndex
        for (place, outlier) in held[..<index].enumerated() {
            let share = (step - (isHole ? passed : 0)) * (Int64(place) + 1) / (Int64(index) + 1)
            let time = reference.media + (isHole ? passed : 0) + share
            placed.append(
                PlacedPicture(unit: outlier.unit, arrival: outlier.arrival, media: time, jump: nil)
            )
        }
        picturesRestamped += index
        let media = reference.media + step
        self.reference = Reference(
            raw: head.raw,
            media: media,
            arrival: head.arrival.monotonic.ticks,
            before: head.raw
        )
        for member in held[index...] {
            accept(
                member.unit,
                member.arrival,
                raw: member.raw,
                media: media &+ member.raw &- head.raw,
                into: &placed
            )
        }
        placed[first].jump = isHole ? .hole : .seamless
    }

    private mutating func timeByArrival(
        _ unit: MediaUnit,
        _ arrival: Arrival,
        _ reference: Reference,
        into placed: inout [PlacedPicture]
    ) {
        guard var timing = arrivalTiming else { return }
        let now = arrival.monotonic.ticks
        interval.note(now - reference.arrival)
        let media = timing.media(at: now, after: reference.media, interval: interval.ticks)
        timing.note(unit.rtpTimestamp, at: now)
        self.reference = Reference(
            raw: timing.raw,
            media: media,
            arrival: now,
            before: timing.raw
        )
        picturesTimedByArrival += 1
        placed.append(PlacedPicture(unit: unit, arrival: arrival, media: media, jump: nil))
        arrivalTiming = timing.isSteady(at: now) ? nil : timing
    }
}
