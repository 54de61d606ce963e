import Domain

/// Puts audio frames on the camera's timeline.
///
/// The first frame is tied to the video, by sender reports if there are any that agree with the
/// arrivals, else by arrival; from there the audio's own stamps count, converted without rounding
/// errors that add up. When they drift from the video by more than `TimeLimits.audioDrift`, the
/// audio is tied anew: it can never stretch the video.
struct AudioClock: Sendable {
    private struct Anchor: Sendable {
        var raw: Int64
        var media: Int64
    }

    struct Frame: Sendable {
        var unit: MediaUnit
        var media: Int64
        var duration: Int64
    }

    let rate: Int64
    private(set) var reanchored = 0
    private(set) var dropped = 0
    private(set) var isRateWrong = false
    private var anchor: Anchor?
    private var lastRaw: Int64 = 0
    private var lastArrival: Int64 = 0
    /// Sender reports have tied the audio to the video.
    private var wasReported = false
    private var lag = LatencyFloor(bucket: TimeLimits.audioLatencyBucket)
    private var frameTicks = PictureInterval()
    private var held: (unit: MediaUnit, media: Int64)?
    private var reanchors = RestartLimiter(limit: TimeLimits.audioReanchors)

    /// - Parameter rate: RTP ticks a second, above zero.
    init(rate: Int) {
        self.rate = Int64(rate)
    }

    /// Ties the next frame anew: a run begins.
    mutating func release() {
        anchor = nil
        wasReported = false
    }

    /// A sender report's stamp, unwrapped.
    func extended(_ stamp: UInt32) -> Int64 {
        RTPStamp.extended(stamp, near: lastRaw)
    }

    /// Takes a frame; the frame before it comes back with its duration. `expected` is where the
    /// arrival puts it on the camera's timeline, `reported` where the sender reports put it, if
    /// they say anything.
    mutating func receive(
        _ unit: MediaUnit,
        at arrival: Int64,
        expected: Int64,
        reported: Int64?
    ) -> Frame? {
        let raw = RTPStamp.extended(unit.rtpTimestamp, near: lastRaw)
        var target = expected
        if let reported,
            (reported &- expected).magnitude <= UInt64(TimeLimits.senderReportSkew.ticks)
        {
            target = reported
        }
        let step = ticks(raw &- lastRaw)
        let isFirst = anchor == nil
        let isJump =
            step <= 0 || step > arrival - lastArrival + TimeLimits.aheadOfRealTime.ticks
        lastRaw = raw
        lastArrival = arrival
        var media = isFirst ? target : position(of: raw)
        let isReported = target == reported
        if isReported, !wasReported, !isFirst,
            (media &- target).magnitude > UInt64(TimeLimits.lipSync.ticks)
        {
            anchor = Anchor(raw: raw, media: target)
            media = target
        }
        wasReported = wasReported || isReported
        if isFirst || isJump || isAdrift(media, target: target, at: arrival) {
            media = target
            tie(raw, to: target, at: arrival, isFirst: isFirst)
        } else {
            frameTicks.note(step)
        }
        return hold(unit, at: media)
    }

    private func position(of raw: Int64) -> Int64 {
        guard let anchor else { return 0 }
        return anchor.media &+ ticks(raw &- anchor.raw)
    }

    /// A span of RTP ticks on the media clock's scale, rounded down. Whole seconds are converted
    /// apart: a rate is whatever the camera says, and a product over hours would not fit.
    private func ticks(_ span: Int64) -> Int64 {
        let seconds = span.quotientRoundedDown(by: rate)
        let rest = span &- seconds &* rate
        return seconds &* MediaTime.ticksPerSecond &+ rest &* MediaTime.ticksPerSecond / rate
    }

    /// Ahead of its arrival it cannot be; behind it may be for a while, when the network stalls.
    private mutating func isAdrift(_ media: Int64, target: Int64, at arrival: Int64) -> Bool {
        let behind = target &- media
        lag.note(behind, at: arrival)
        let limit = TimeLimits.audioDrift.ticks
        return behind < -limit || (lag.settledValue ?? 0) > limit
    }

    private mutating func tie(_ raw: Int64, to media: Int64, at arrival: Int64, isFirst: Bool) {
        anchor = Anchor(raw: raw, media: media)
        lag = LatencyFloor(bucket: TimeLimits.audioLatencyBucket)
        guard !isFirst else { return }
        reanchored += 1
        if !reanchors.allows(at: arrival) {
            isRateWrong = true
        }
    }

    /// Frames whose time is taken already are dropped.
    private mutating func hold(_ unit: MediaUnit, at media: Int64) -> Frame? {
        guard let before = held else {
            held = (unit, media)
            return nil
        }
        guard media > before.media else {
            dropped += 1
            return nil
        }
        held = (unit, media)
        let usual = frameTicks.ticks
        let distance = media &- before.media
        // A frame lasts as long as its samples, not until the next one that was not lost.
        let duration = distance <= usual + usual / 2 ? distance : usual
        return Frame(unit: before.unit, media: before.media, duration: duration)
    }
}
