import Domain
import Playlist
import TestSupport
import Testing

@Suite struct TimelineTests {
    private func span(_ start: Double, _ end: Double) -> TimelineSpan {
        TimelineSpan(start: nine + seconds(start), end: nine + seconds(end))
    }

    private func gap(_ start: Double, _ end: Double, _ reason: GapReason) -> Gap {
        Gap(start: nine + seconds(start), end: nine + seconds(end), reason: reason)
    }

    private func timeline(_ spans: [TimelineSpan], _ gaps: [Gap]) -> Timeline {
        Timeline(spans: spans, gaps: gaps, from: nine, to: nine + seconds(100))
    }

    @Test func `touching spans join, and the range cuts them`() {
        let result = timeline([span(50, 120), span(-10, 20), span(20, 40), span(40.4, 50)], [])
        #expect(result.recorded == [span(0, 100)])
        #expect(result.gaps.isEmpty)
        #expect(timeline([span(0, 10), span(11, 20)], []).recorded.count == 2)
        #expect(timeline([], []) == timeline([span(-20, 0), span(100, 130)], []))
    }

    @Test func `gaps keep their reasons and never overlap`() {
        let result = timeline(
            [span(0, 10), span(30, 60)],
            [
                gap(20, 30, .connectFailed), gap(10, 25, .cameraOffline),
                gap(60, 200, .workerDown), gap(90, 95, .diskFull),
            ]
        )
        #expect(
            result.gaps == [
                gap(10, 25, .cameraOffline), gap(25, 30, .connectFailed),
                gap(60, 100, .workerDown),
            ]
        )
        #expect(result.recorded == [span(0, 10), span(30, 60)])
    }

    @Test func `what another worker recorded is no gap`() {
        let result = timeline(
            [span(0, 40), span(50, 60)],
            [gap(30, 70, .recorderCrash)]
        )
        #expect(result.gaps == [gap(40, 50, .recorderCrash), gap(60, 70, .recorderCrash)])
    }

    @Test func `a short gap with a reason divides what is recorded`() {
        let result = timeline(
            [span(0, 10), span(10.2, 20), span(20.2, 30)],
            [gap(10, 10.2, .packetLoss)]
        )
        #expect(result.recorded == [span(0, 10), span(10.2, 30)])
        #expect(result.gaps == [gap(10, 10.2, .packetLoss)])
    }

    @Test func `touching gaps of one reason become one`() {
        let result = timeline(
            [],
            [gap(0, 5, .workerDown), gap(5, 9, .workerDown), gap(9, 12, .timeJump)]
        )
        #expect(result.gaps == [gap(0, 9, .workerDown), gap(9, 12, .timeJump)])
    }

    @Test func `random timelines are ordered and disjoint`() {
        let seed = UInt64.random(in: .min ... .max)
        print("timelines: seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<500 {
            let spans = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                let start = Double.random(in: -10...100, using: &random)
                return span(start, start + Double.random(in: -1...20, using: &random))
            }
            let gaps = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                let start = Double.random(in: -10...100, using: &random)
                return gap(
                    start,
                    start + Double.random(in: -1...20, using: &random),
                    GapReason.allCases.randomElement(using: &random) ?? .workerDown
                )
            }
            let result = timeline(spans, gaps)
            let all =
                (result.recorded + result.gaps.map { TimelineSpan(start: $0.start, end: $0.end) })
                .sorted { $0.start < $1.start }
            for (first, second) in zip(all, all.dropFirst()) {
                #expect(first.start < first.end && first.end <= second.start, "seed \(seed)")
            }
            for one in spans where one.end > max(one.start, nine) {
                let middle = max(one.start, nine)
                #expect(
                    middle >= nine + seconds(100)
                        || result.recorded.contains { $0.start <= middle && middle <= $0.end }
                )
            }
        }
    }
}
