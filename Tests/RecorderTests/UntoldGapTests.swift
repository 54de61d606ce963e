import Domain
import Testing

@testable import Recorder

@Suite struct UntoldGapTests {
    private func time(_ seconds: Int64) -> WallTime {
        WallTime(seconds: 1_769_850_000 + seconds)
    }

    private func gap(_ start: Int64, _ end: Int64, _ reason: GapReason) -> Gap {
        Gap(start: time(start), end: time(end), reason: reason)
    }

    @Test func `a gap is told once`() {
        var untold = UntoldGap()
        untold.begin(at: time(10), gap: gap(0, 10, .cameraOffline), lostSince: nil)
        #expect(untold.next == gap(0, 10, .cameraOffline))
        untold.handOver()
        #expect(untold.next == nil)
        untold.begin(at: time(20), gap: nil, lostSince: nil)
        #expect(untold.next == nil)
    }

    @Test func `a gap whose chunk did not get into the queue is told by the next one`() {
        var untold = UntoldGap()
        untold.begin(at: time(600), gap: gap(0, 600, .authFailed), lostSince: nil)
        untold.begin(at: time(606), gap: gap(601, 606, .diskFull), lostSince: time(600))
        #expect(untold.next == gap(0, 606, .authFailed))
        // And so on, for as long as the queue is full.
        untold.begin(at: time(612), gap: gap(607, 612, .diskFull), lostSince: time(606))
        #expect(untold.next == gap(0, 612, .authFailed))
    }

    @Test func `a gap whose chunk the disk gave up is told by the next one`() {
        var untold = UntoldGap()
        untold.begin(at: time(600), gap: gap(0, 600, .recorderCrash), lostSince: nil)
        untold.handOver()
        untold.failed()
        untold.begin(at: time(606), gap: gap(601, 606, .diskFull), lostSince: nil)
        #expect(untold.next == gap(0, 606, .recorderCrash))
    }

    @Test func `a gap that is on the disk is not told again when the disk fails later`() {
        var untold = UntoldGap()
        untold.begin(at: time(10), gap: gap(0, 10, .cameraOffline), lostSince: nil)
        untold.handOver()
        untold.wrote(until: time(11))
        untold.failed()
        untold.begin(at: time(30), gap: gap(21, 30, .diskFull), lostSince: time(11))
        #expect(untold.next == gap(11, 30, .diskFull))
    }

    @Test func `what was lost without a gap is a gap of the disk`() {
        var untold = UntoldGap()
        untold.begin(at: time(10), gap: nil, lostSince: time(4))
        #expect(untold.next == gap(4, 10, .diskFull))
    }

    @Test func `a clock that was set back leaves no gap that ends before it begins`() {
        var untold = UntoldGap()
        untold.begin(at: time(600), gap: gap(500, 600, .cameraOffline), lostSince: nil)
        untold.begin(at: time(100), gap: nil, lostSince: time(600))
        #expect(untold.next == nil)
    }
}
