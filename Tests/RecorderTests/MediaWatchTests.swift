import Domain
import Testing

@testable import Recorder

/// A session on a simulated clock, looked at as often as the recorder does.
@Suite struct MediaWatchTests {
    /// What a camera does in a time of its session, seconds.
    private struct Span {
        var range: Range<Double>
        /// Seconds between key pictures; nil for none.
        var keyEvery: Double?
        var isRecorded: Bool
    }

    private func time(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(seconds * 1e9))
    }

    /// When the session is given up and why: ten pictures a second in each span, none outside.
    private func end(
        _ watch: inout MediaWatch,
        _ spans: [Span],
        until: Double = 1_000
    ) -> (seconds: Double, verdict: MediaWatch.Verdict)? {
        watch.connected(at: time(0))
        // A picture every 100 ms, a look every 250 ms.
        for step in 1...Int(until * 20) {
            let now = Double(step) * 0.05
            let span = spans.first { $0.range.contains(now) }
            if step % 2 == 0, let span {
                let frames = Int(((now - span.range.lowerBound) * 10).rounded())
                let isKey = span.keyEvery.map { (frames - 1) % Int($0 * 10) == 0 } ?? false
                watch.received(isKey: isKey, at: time(now))
                if span.isRecorded { watch.recorded(at: time(now)) }
            }
            if step % 5 == 0, let verdict = watch.check(at: time(now)) { return (now, verdict) }
        }
        return nil
    }

    @Test(arguments: [0.3, 3.7, 61.03, 300])
    func `a silent camera is noticed within five seconds`(moment: Double) {
        var watch = MediaWatch(at: time(0))
        let spans = [Span(range: 0..<moment, keyEvery: 2, isRecorded: true)]
        let found = end(&watch, spans)
        #expect(found?.verdict == .silent)
        #expect((found?.seconds ?? .infinity) - moment <= 5)
        #expect((found?.seconds ?? 0) - moment >= 4)
    }

    @Test func `a camera that never sends a picture is given ten seconds`() {
        var watch = MediaWatch(at: time(0))
        #expect(end(&watch, []).map { $0 == (10, .silent) } == true)
    }

    @Test func `a camera that is recorded is left alone`() {
        for every in [1.0, 120] {
            var watch = MediaWatch(at: time(0))
            let spans = [Span(range: 0..<1_000, keyEvery: every, isRecorded: true)]
            #expect(end(&watch, spans) == nil)
        }
    }

    @Test func `pictures without a key are a reason to connect anew after ten seconds`() {
        var watch = MediaWatch(at: time(0))
        let spans = [
            Span(range: 0..<30, keyEvery: 100, isRecorded: true),
            Span(range: 30..<1_000, keyEvery: nil, isRecorded: false),
        ]
        let found = end(&watch, spans)
        #expect(found?.verdict == .unrecorded)
        #expect((39.5...40.5).contains(found?.seconds ?? 0))
    }

    @Test func `a camera whose key pictures are two minutes apart is waited for`() {
        var watch = MediaWatch(at: time(0))
        let spans = [
            Span(range: 0..<121, keyEvery: 120, isRecorded: true),
            Span(range: 121..<1_000, keyEvery: nil, isRecorded: false),
        ]
        let found = end(&watch, spans)
        #expect(found?.verdict == .unrecorded)
        #expect((360...362).contains(found?.seconds ?? 0))
    }

    @Test func `each session that brings nothing is waited for twice as long`() {
        var watch = MediaWatch(at: time(0))
        let spans = [Span(range: 0..<1_000, keyEvery: nil, isRecorded: false)]
        let waits = (0..<7).map { _ in end(&watch, spans)?.seconds ?? 0 }
        #expect(waits == [10, 20, 40, 80, 160, 300, 300])
        watch.recorded(at: time(0))
        #expect(end(&watch, spans)?.seconds == 10)
    }

    @Test func `a pause of the disk is no reason to connect anew`() {
        var watch = MediaWatch(at: time(0))
        watch.connected(at: time(0))
        for second in 1...60 {
            watch.received(isKey: true, at: time(Double(second)))
            watch.paused(at: time(Double(second)))
            #expect(watch.check(at: time(Double(second))) == nil)
        }
    }
}
