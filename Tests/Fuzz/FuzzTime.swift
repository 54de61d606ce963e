/// Units with every kind of stamp and arrival into the sanitiser, and what comes out of it into the
/// cutter.
///
/// Four bytes make a step: what happens, by how much the stamp moves, how much time passes, and
/// how often it is repeated, for sums that only many packets make too large.
func fuzzTime(_ bytes: FuzzInput) -> Int32 {
    var input = bytes
    let rates = [nil, 1, 8_000, 48_000, 10_000_000, Int(UInt32.max)]
    var line = FuzzTimeline(rate: rates[Int(input.byte()) % rates.count])
    while !input.isEmpty {
        let (kind, steer, passing, count) = (input.byte(), input.byte(), input.byte(), input.byte())
        let step = FuzzTimeline.step(steer, &input)
        for _ in 0..<FuzzTimeline.repeats(count, passing) {
            guard line.perform(kind, step: step, milliseconds: passing) else { return 0 }
        }
    }
    line.finish()
    return 0
}

/// A camera's connection that fuzzed steps are played on.
private struct FuzzTimeline {
    /// Events of one input: enough for the largest repetition twice, in a tenth of a second.
    static let eventLimit = 110_000

    private let rate: Int?
    private var sanitizer: TimeSanitizer
    private var cutter = SegmentCutter(chunkSeconds: 60)
    private var events = 0
    private var arrival = Arrival(
        monotonic: MonotonicTime(nanoseconds: 5_000_000_000),
        wall: WallTime(seconds: 1_769_850_000)
    )
    private var stamps: (video: UInt32, audio: UInt32) = (0, 0)
    private var run: (video: Int64, audio: Int64)?

    init(rate: Int?) {
        self.rate = rate
        sanitizer = TimeSanitizer(audioClockRate: rate)
    }

    /// Mostly a few times. Rarely, for it costs a tenth of a second, as often as a report of the
    /// sender stays fresh for tiny packets that come without a pause.
    static func repeats(_ count: UInt8, _ milliseconds: UInt8) -> Int {
        switch count {
        case ..<192: 1 + Int(count) / 32
        case ..<254: 64
        default: milliseconds < 2 ? 50_000 : 512
        }
    }

    /// The usual steps of video and audio, the worst ones, and any other.
    static func step(_ steer: UInt8, _ input: inout FuzzInput) -> UInt32 {
        let known: [UInt32] = [
            3_600, 4_500, 1_024, 0, 1, 90_000, 450_000, 0x7fff_ffff, 0x8000_0000,
            UInt32(bitPattern: -3_600),
        ]
        guard Int(steer) >= known.count else { return known[Int(steer)] }
        return (0..<4).reduce(0) { value, _ in value << 8 | UInt32(input.byte()) }
    }

    /// False once the input has had its share.
    mutating func perform(_ kind: UInt8, step: UInt32, milliseconds: UInt8) -> Bool {
        events += 1
        guard events <= Self.eventLimit else { return false }
        // Up to 65 s, most of them short.
        let passed = Int64(milliseconds) * Int64(milliseconds)
        arrival.monotonic.nanoseconds += passed * 1_000_000
        arrival.wall.microseconds += passed * 1_000
        switch kind % 12 {
        case 0...3:
            stamps.video &+= step
            receive(.video, stamps.video, isKey: kind & 16 != 0)
        case 4...6:
            stamps.audio &+= step
            receive(.audio, stamps.audio, isKey: true)
        case 7:
            let ntp = UInt64(kind) << 56 | UInt64(step) << 24
            sanitizer.receiveSenderReport(.video, ntp: ntp, rtp: stamps.video, at: arrival)
            sanitizer.receiveSenderReport(.audio, ntp: ntp, rtp: stamps.audio, at: arrival)
        case 8: sanitizer.loseUnits(of: kind & 16 == 0 ? .video : .audio, at: arrival)
        case 9: sanitizer.changeParameters(at: arrival)
        case 10:
            if kind & 16 == 0 {
                sanitizer.connect(audioClockRate: rate, at: arrival)
            } else {
                sanitizer.interrupt(.cameraOffline, at: arrival)
            }
        default:
            // The host's clock is set.
            if kind & 16 != 0 { arrival.wall.microseconds += Int64(Int32(bitPattern: step)) }
            sanitizer.tick(at: arrival)
        }
        take()
        return true
    }

    mutating func finish() {
        sanitizer.finish()
        take()
        precondition(run == nil)
    }

    private mutating func receive(_ track: TrackKind, _ stamp: UInt32, isKey: Bool) {
        let unit = MediaUnit(track: track, rtpTimestamp: stamp, isKey: isKey, bytes: [0])
        sanitizer.receive(unit, at: arrival)
    }

    /// What `TimeOutput` and `TimedUnit` promise.
    private mutating func take() {
        while let output = sanitizer.nextOutput() {
            switch output {
            case .runStarted(let head):
                precondition(run == nil)
                if let gap = head.gap { precondition(gap.start < gap.end) }
                run = (-1, -1)
                cutter.beginRun()
            case .unit(let unit): check(unit)
            case .runEnded:
                precondition(run != nil)
                run = nil
                _ = cutter.endRun()
            case .warning: break
            }
        }
    }

    private mutating func check(_ unit: TimedUnit) {
        guard var last = run else { preconditionFailure("a unit outside a run") }
        precondition(unit.presentation >= unit.decode)
        precondition(unit.duration > .zero && unit.duration <= TimeLimits.longestPicture)
        switch unit.unit.track {
        case .video:
            if last.video < 0 { precondition(unit.unit.isKey && unit.decode == .zero) }
            precondition(unit.decode.ticks > last.video)
            last.video = unit.decode.ticks
        case .audio:
            precondition(last.video >= 0 && unit.decode.ticks > last.audio)
            last.audio = unit.decode.ticks
        }
        run = last
        _ = cutter.append(unit)
    }
}
