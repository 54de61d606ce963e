import Domain
import Playlist
import Testing

@Suite struct LiveWindowTests {
    private var window = LiveWindow(firstSequence: 1_000, reservedUntil: 2_000)
    private var run = RunID()
    private var clock: Double = 0

    private func at(_ time: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(time * 1_000_000_000))
    }

    private func segment(
        _ start: Double,
        _ length: Double,
        run: RunID,
        name: String = "",
        map: String = "i1"
    ) -> LiveSegment {
        LiveSegment(
            run: run,
            start: nine + seconds(start),
            duration: seconds(length),
            path: "/media/live/\(name)\(start).m4s",
            initializationPath: "/media/live/\(map).mp4",
            expires: nine + seconds(start + 900),
            initializationExpires: nine
        )
    }

    private func render(_ window: LiveWindow) -> String {
        window.render { path, expires in "\(path)?e=\(expires.microseconds / 1_000_000)" }
    }

    @Test mutating func `a steady stream is listed with dates and without discontinuities`() {
        #expect(window.isEmpty)
        for index in 0..<40 {
            let start = Double(index) * 4
            #expect(window.append(segment(start, 4, run: run), at: at(start + 4)) == .listed)
            #expect(violations(render(window)).isEmpty)
        }
        let text = render(window)
        #expect(text.lines("#EXTINF:4.000000,").count == 15)
        #expect(text.lines("#EXT-X-PROGRAM-DATE-TIME:").count == 15)
        #expect(text.contains("#EXT-X-MEDIA-SEQUENCE:1025\n#EXT-X-DISCONTINUITY-SEQUENCE:1000\n"))
        #expect(text.lines("#EXT-X-MAP").count == 1)
        #expect(!text.contains("#EXT-X-DISCONTINUITY\n"))
        #expect(text.contains("/media/live/156.0.m4s?e=1769851056\n"))
        #expect(window.nextSequence == 1_040)
    }

    @Test mutating func `a run or parameter change is a discontinuity, a repeat is not`() {
        _ = window.append(segment(0, 4, run: run), at: at(4))
        _ = window.append(segment(4, 4, run: run), at: at(8))
        let next = RunID()
        _ = window.append(segment(8, 4, run: next), at: at(12))
        _ = window.append(segment(12, 4, run: next, map: "i2"), at: at(16))
        let text = render(window)
        #expect(text.lines("#EXT-X-DISCONTINUITY").count == 3)
        #expect(text.lines("#EXT-X-MAP").count == 2)
        #expect(!text.contains("#EXT-X-GAP"))
        #expect(violations(text).isEmpty)
    }

    @Test mutating func `a segment that came before changes nothing`() {
        _ = window.append(segment(0, 4, run: run), at: at(4))
        _ = window.append(segment(4, 4, run: run), at: at(8))
        let before = window
        #expect(window.append(segment(0, 4, run: run), at: at(9)) == .ignored)
        #expect(window.append(segment(4, 4, run: run), at: at(9)) == .ignored)
        #expect(window.append(segment(8, 0, run: run), at: at(9)) == .ignored)
        #expect(window == before)
    }

    @Test mutating func `a silent camera gets gaps, and no gap covers what then plays`() {
        _ = window.append(segment(0, 4, run: run), at: at(4))
        var changes: [Double] = []
        for second in 5...40
        where
            window.gapTick(wall: nine + seconds(Double(second)), at: at(Double(second))) == .listed
        {
            changes.append(Double(second))
            #expect(violations(render(window)).isEmpty)
        }
        #expect(changes == [12, 18, 24, 30, 36])
        // The camera is back at 33 s; its first segment closes at 38 s.
        let listedUntil = window.listedUntil
        #expect(listedUntil.map { $0 < nine + seconds(33) } == true)
        #expect(window.append(segment(33, 5, run: RunID()), at: at(40)) == .listed)
        let text = render(window)
        #expect(violations(text).isEmpty)
        #expect(abs(text.playlistSeconds - 38) < 0.001)
        #expect(text.lines("#EXT-X-DISCONTINUITY").count == 2)
        #expect(text.lines(GapMedia.uri).count == text.lines("#EXT-X-GAP").count)
    }

    @Test mutating func `a healthy stream with long segments never gets a gap`() {
        var start = 0.0
        for _ in 0..<20 {
            for tick in stride(from: 0.5, to: 6.9, by: 0.5) {
                let now = start + tick
                #expect(window.gapTick(wall: nine + seconds(now), at: at(now)) == .ignored)
            }
            #expect(window.append(segment(start, 6.4, run: run), at: at(start + 6.9)) == .listed)
            start += 6.4
        }
        #expect(!render(window).contains("GAP"))
    }

    @Test mutating func `a long gap is listed by its end only`() {
        _ = window.append(segment(0, 4, run: run), at: at(4))
        #expect(window.append(segment(7_200, 4, run: RunID()), at: at(7_204)) == .listed)
        let text = render(window)
        #expect(text.lines("#EXT-X-GAP").count == 10)
        #expect(violations(text).isEmpty)
    }

    @Test mutating func `a clock that was set back leaves out dates, not pictures`() {
        for index in 0..<10 {
            _ = window.append(
                segment(Double(index) * 4, 4, run: run),
                at: at(Double(index) * 4 + 4)
            )
        }
        let next = RunID()
        for index in 0..<40 {
            let start = Double(index) * 4 - 3_600
            _ = window.append(
                segment(start, 4, run: next, name: "b"),
                at: at(44 + Double(index) * 4)
            )
            let text = render(window)
            #expect(violations(text, advice: false).isEmpty)
            #expect(text.contains("/media/live/b\(start).m4s"))
        }
        let text = render(window)
        #expect(text.lines("#EXT-X-PROGRAM-DATE-TIME:").count == text.lines("#EXTINF").count)
    }

    @Test mutating func `without reserved numbers nothing is listed`() {
        window = LiveWindow(firstSequence: 0, reservedUntil: 20)
        var start = 0.0
        var outcome = LiveWindow.Outcome.listed
        while outcome == .listed, start < 1_000 {
            outcome = window.append(segment(start, 4, run: run), at: at(start))
            if outcome == .listed { start += 4 }
        }
        #expect(outcome == .needsReservation)
        #expect(window.needsReservation)
        #expect(
            window.gapTick(wall: nine + seconds(start + 60), at: at(start + 60))
                == .needsReservation
        )
        #expect(window.nextSequence <= 20)
        window.extendReservation(until: 1_020)
        #expect(window.append(segment(start, 4, run: run), at: at(start)) == .listed)
    }

    @Test mutating func `a picture that stands too long is listed short`() {
        _ = window.append(segment(0, 9, run: run), at: at(9))
        let text = render(window)
        #expect(text.lines("#EXTINF:6.499989,").count == 1)
        #expect(violations(text).isEmpty)
    }
}
