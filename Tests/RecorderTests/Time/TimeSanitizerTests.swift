import Domain
import Recorder
import Testing

@testable import Recorder

/// Single promises that traces do not show.
struct TimeSanitizerTests {
    @Test func `stamps are unwrapped to the nearest value`() {
        #expect(RTPStamp.extended(5, near: 4_294_967_290) == 4_294_967_301)
        #expect(RTPStamp.extended(4_294_967_290, near: 4_294_967_301) == 4_294_967_290)
        #expect(RTPStamp.extended(4_294_967_295, near: 0) == -1)
        #expect(RTPStamp.extended(7, near: -4_294_967_290) == -4_294_967_289)
    }

    @Test func `decode times rise and never pass the stamps`() {
        for (depth, order) in [(0, [0, 1, 2, 3]), (1, [0, 2, 1, 3]), (2, [0, 4, 2, 1, 3])] {
            let stamps = (0..<40).map { number in
                Int64(number / order.count * order.count + order[number % order.count]) * 3_600
            }
            #expect(DecodeOrder.depth(of: stamps) == depth)
            var decoder = DecodeOrder(depth: depth, first: 0, interval: 3_600)
            var last = Int64.min
            for stamp in stamps {
                let time = decoder.decodeTime(of: stamp)
                #expect(time > last)
                #expect(time <= stamp)
                last = time
            }
        }
    }

    @Test func `the lowest latency of the last seconds is what counts`() {
        var floor = LatencyFloor(bucket: MediaTime(milliseconds: 1_000))
        #expect(floor.value == nil)
        floor.note(500, at: 0)
        floor.note(300, at: 45_000)
        floor.note(400, at: 90_000)
        #expect(floor.value == 300)
        floor.note(450, at: 180_000)
        #expect(floor.value == 400)
        floor.note(900, at: 900_000)
        #expect(floor.value == 900)
        #expect(floor.settledValue == nil)
    }

    @Test func `a pause does not change the usual interval`() {
        var interval = PictureInterval()
        #expect(interval.ticks == TimeLimits.assumedPicture.ticks)
        for advance: Int64 in [4_500, 4_500, 4_500, 180_000, 4_500, 0] { interval.note(advance) }
        #expect(interval.ticks == 3_600)
        for _ in 0..<16 { interval.note(4_500) }
        #expect(interval.ticks == 4_500)
    }

    @Test(arguments: [nil, 0, -1, Int.max] as [Int?])
    func `audio at a rate that cannot be is left out`(rate: Int?) {
        var trace = Trace()
        trace.audioRate = rate
        for number in 0..<40 {
            let picture = Trace.unit(
                .video,
                rtp: Int64(number) * 4_500,
                isKey: number % 20 == 0,
                number: number
            )
            let frame = Trace.unit(.audio, rtp: Int64(number), isKey: true, number: number)
            trace.events.append(.init(at: Double(number) * 50, item: .unit(picture)))
            trace.events.append(.init(at: Double(number) * 50, item: .unit(frame)))
        }
        let result = TraceResult(trace)
        #expect(TraceInvariants.violations(result) == [])
        #expect(result.runs.flatMap(\.units).count == 40)
    }

    @Test func `a report is of no use for stamps that ran away from it`() {
        var reports = SenderReports()
        let ntp: UInt64 = 3_900_000_000 << 32
        reports.noteVideo(ntp: ntp, media: 0, at: 0)
        reports.noteAudio(ntp: ntp, raw: 1_000, at: 0)
        #expect(reports.media(ofAudio: 49_000, rate: 48_000, at: 0) == 90_000)
        #expect(reports.media(ofAudio: -47_000, rate: 48_000, at: 0) == -90_000)
        let away: [Int64] = [48_000 * 121, -48_000 * 121, 47_722 << 31, .max, .min]
        for raw in away { #expect(reports.media(ofAudio: raw, rate: 48_000, at: 0) == nil) }
    }

    @Test(arguments: [48_000, 10_000_000, Int(UInt32.max)])
    func `audio stamps that leap half a cycle at each frame do no harm`(rate: Int) {
        var trace = Trace()
        trace.audioRate = rate
        for number in 0..<40 {
            let picture = Trace.unit(
                .video,
                rtp: Int64(number) * 4_500,
                isKey: number % 20 == 0,
                number: number
            )
            trace.events.append(.init(at: Double(number) * 50, item: .unit(picture)))
        }
        for track in TrackKind.allCases {
            let report = Trace.Item.report(track, ntp: 3_900_000_000 << 32, rtp: 0)
            trace.events.append(.init(at: 1_000, item: report))
        }
        // With the largest rate they keep pace with the arrivals for seven hours.
        let pause = rate > 48_000 ? 500.0 : 1.0
        for number in 1...Int64(50_000) {
            let frame = Trace.unit(.audio, rtp: number * 0x7fff_ffff, isKey: true, number: 0)
            trace.events.append(.init(at: 1_000 + Double(number) * pause, item: .unit(frame)))
        }
        trace.sort()
        let result = TraceResult(trace)
        #expect(TraceInvariants.violations(result) == [])
        #expect(result.runs.flatMap(\.pictures).count == 40)
    }

    @Test(arguments: [8, 300 << 10, 7 << 20])
    func `large pictures with wild stamps are not held by the dozen`(size: Int) {
        var clock = CameraClock()
        var placed: [PlacedPicture] = []
        let trace = Trace()
        var jumps = 0
        for number in 0..<80 {
            let stamp = number < 20 ? number * 4_500 : number * number * 987_654_321
            let unit = Trace.unit(
                .video,
                rtp: Int64(stamp),
                isKey: number % 20 == 0,
                number: number,
                size: size
            )
            clock.receive(unit, at: trace.arrival(Double(number) * 50), into: &placed)
            #expect(clock.suspectBytes < TimeLimits.suspectBytes)
            jumps += placed.count { $0.jump != nil }
            placed.removeAll()
        }
        // They were wild indeed.
        #expect(jumps > 0)
    }

    @Test func `audio keeps the exact pace of its own clock`() throws {
        let result = TraceResult(try TraceFixtureTests.trace("audio.trace"))
        let audio = try #require(result.runs.first).units.filter { $0.unit.track == .audio }
        let first = try #require(audio.first)
        #expect(audio.count > 300)
        for (number, frame) in audio.enumerated() {
            #expect(frame.decode - first.decode == MediaTime(ticks: Int64(number) * 5_760))
            #expect(frame.duration == MediaTime(ticks: 5_760))
        }
    }

    @Test func `sender reports put the audio beside its pictures`() throws {
        let result = TraceResult(try TraceFixtureTests.trace("audio-reports.trace"))
        let audio = try #require(result.runs.first).units.filter { $0.unit.track == .audio }
        // The frame stamped 0 was taken with the first picture, although it came 300 ms later.
        for frame in audio.dropFirst(10) {
            let stamp = Int64(frame.unit.rtpTimestamp)
            #expect(frame.presentation == MediaTime(ticks: stamp * 90_000 / 16_000))
        }
    }

    @Test func `wrong audio stamps are told to the operator and never move the video`() throws {
        let result = TraceResult(try TraceFixtureTests.trace("audio-rate-wrong.trace"))
        #expect(result.warnings == [.audioRateWrong])
        let run = try #require(result.runs.first)
        let end = try #require(run.pictures.last).end
        for frame in run.units where frame.unit.track == .audio {
            #expect(frame.end.seconds < end.seconds + 0.6)
        }
        #expect(result.counters.audioDropped > 300)
    }

    @Test func `an operator reads that stamps are unusable, and usable again`() throws {
        var trace = try TraceFixtureTests.trace("clock-reset-every-13s.trace")
        #expect(TraceResult(trace).warnings == [.stampsUnusable])
        for number in 0..<2_000 {
            let unit = Trace.unit(
                .video,
                rtp: Int64(number) * 4_500,
                isKey: number % 20 == 0,
                number: number
            )
            trace.events.append(.init(at: 130_000 + Double(number) * 50, item: .unit(unit)))
        }
        let result = TraceResult(trace)
        #expect(result.warnings == [.stampsUnusable, .stampsUsableAgain])
        #expect(TraceInvariants.violations(result) == [])
        #expect(result.counters.picturesBeforeKey == 0)
    }

    @Test func `a gap before the first run reaches back to what the spool knows`() {
        var sanitizer = TimeSanitizer(audioClockRate: nil)
        let trace = Trace()
        let before = WallTime(microseconds: trace.start.microseconds - 7_000_000)
        sanitizer.noteAbsence(since: before, reason: .recorderCrash)
        #expect(sanitizer.openGap?.reason == .recorderCrash)
        for number in 0..<20 {
            sanitizer.receive(
                Trace.unit(.video, rtp: Int64(number) * 4_500, isKey: number == 0, number: number),
                at: trace.arrival(Double(number) * 50)
            )
        }
        guard case .runStarted(let head) = sanitizer.nextOutput() else {
            Issue.record("no run")
            return
        }
        #expect(head.gap == Gap(start: before, end: head.start, reason: .recorderCrash))
        #expect(sanitizer.openGap == nil)
    }

    @Test func `the camera's own date is told and not used`() throws {
        var sanitizer = TimeSanitizer(audioClockRate: nil)
        let trace = Trace()
        let unit = Trace.unit(.video, rtp: 90_000, isKey: false, number: 0)
        sanitizer.receive(unit, at: trace.arrival(0))
        let ntp = UInt64(1_000_000_000 + 2_208_988_800) << 32
        sanitizer.receiveSenderReport(.video, ntp: ntp, rtp: 90_000, at: trace.arrival(1))
        for number in 1..<20 {
            sanitizer.receive(
                Trace.unit(
                    .video,
                    rtp: 90_000 + Int64(number) * 4_500,
                    isKey: number == 1,
                    number: number
                ),
                at: trace.arrival(Double(number) * 50)
            )
        }
        guard case .runStarted(let head) = sanitizer.nextOutput() else {
            Issue.record("no run")
            return
        }
        #expect(head.cameraTime == WallTime(microseconds: 1_000_000_000_050_000))
        #expect(abs((head.start - trace.start).seconds - 0.05) < 0.001)
    }

    @Test func `a silent camera's last picture does not wait for ever`() {
        var sanitizer = TimeSanitizer(audioClockRate: nil)
        let trace = Trace()
        for number in 0..<20 {
            sanitizer.receive(
                Trace.unit(.video, rtp: Int64(number) * 4_500, isKey: number == 0, number: number),
                at: trace.arrival(Double(number) * 50)
            )
        }
        sanitizer.tick(at: trace.arrival(9_000))
        #expect(sanitizer.openGap == nil)
        sanitizer.tick(at: trace.arrival(12_000))
        #expect(sanitizer.openGap?.reason == .cameraOffline)
        var pictures = 0
        while let output = sanitizer.nextOutput() {
            if case .unit = output { pictures += 1 }
        }
        #expect(pictures == 20)
    }
}
