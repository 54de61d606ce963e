import Domain
import Recorder
import Testing

/// The cutter alone, over regular streams.
struct SegmentCutterTests {
    struct Case: Sendable, CustomTestStringConvertible {
        /// Seconds between key pictures; 0: only the first picture is one.
        var group: Double
        /// Segments of the first 60 s or so, as lengths in seconds that repeat.
        var lengths: [Double]
        /// Whether each begins with a key picture.
        var independent: [Bool]

        var testDescription: String { "\(group) s" }
    }

    static let cases = [
        Case(group: 0.5, lengths: [4, 4, 4], independent: [true, true, true]),
        Case(group: 2, lengths: [4, 4, 4], independent: [true, true, true]),
        Case(group: 3, lengths: [3, 3, 3], independent: [true, true, true]),
        Case(group: 3.5, lengths: [3.5, 3.5, 3.5], independent: [true, true, true]),
        Case(group: 5, lengths: [5, 5, 5], independent: [true, true, true]),
        Case(group: 6, lengths: [6, 6, 6], independent: [true, true, true]),
        Case(
            group: 10,
            lengths: [6, 4, 6, 4, 6, 4],
            independent: [true, false, true, false, true, false]
        ),
        Case(
            group: 120,
            lengths: Array(repeating: 6, count: 20),
            independent: [true] + Array(repeating: false, count: 19)
        ),
        Case(
            group: 0,
            lengths: Array(repeating: 6, count: 30),
            independent: [true] + Array(repeating: false, count: 29)
        ),
    ]

    @Test(arguments: cases)
    func `segments end where the table says`(entry: Case) {
        let seconds = entry.lengths.reduce(0, +) + 7
        let recorder = cut(pictures(seconds: seconds, rate: 20, group: entry.group))
        let segments = recorder.segments.prefix(entry.lengths.count)
        #expect(segments.map(\.duration.seconds) == entry.lengths)
        #expect(segments.map(\.isIndependent) == entry.independent)
        #expect(recorder.violations == [])
    }

    @Test(arguments: [0.5, 2, 3.5, 5, 10, 120, 0], [5.0, 12.5, 25, 29.97])
    func `no segment is longer than six seconds`(group: Double, rate: Double) {
        let recorder = cut(pictures(seconds: 60, rate: rate, group: group))
        for segment in recorder.segments {
            #expect(segment.duration.seconds <= 6)
            #expect(segment.isIndependent || group == 0 || group > 5.75)
        }
    }

    @Test(arguments: [10.0, 20, 25, 30])
    func `parts are as long as half a second allows`(rate: Double) {
        let recorder = cut(pictures(seconds: 30, rate: rate, group: 2))
        for segment in recorder.segments {
            for part in segment.parts.dropLast() {
                let length = CutSegment.duration(of: part).seconds
                #expect(length <= 0.5)
                #expect(length > 0.5 - 1.01 / rate)
            }
        }
    }

    @Test func `a segment that ends in front of a known key picture is closed behind its last`() {
        var cutter = SegmentCutter(chunkSeconds: 60)
        cutter.beginRun()
        var closed: [Int] = []
        for (number, unit) in pictures(seconds: 9, rate: 20, group: 2).enumerated() {
            let decision = cutter.append(unit)
            #expect(!decision.before.contains(.closeSegment(nextIsIndependent: true)))
            if decision.after.contains(.closeSegment(nextIsIndependent: true)) {
                closed.append(number)
            }
        }
        #expect(closed == [79, 159])
    }

    @Test func `the cut comes in front of the key picture if nobody announced it`() {
        var units = pictures(seconds: 9, rate: 20, group: 2)
        for index in units.indices { units[index].nextIsKey = false }
        let recorder = cut(units)
        #expect(recorder.segments.map(\.duration.seconds).first == 4)
    }

    @Test(arguments: [(0, 1), (4, 1), (5, 2), (60, 15), (61, 16)])
    func `a chunk ends at the first segment border from its length on`(
        seconds: Int,
        segments: Int
    ) {
        let recorder = cut(pictures(seconds: 200, rate: 10, group: 2), chunkSeconds: seconds)
        #expect(recorder.chunks.first == segments)
        #expect(recorder.chunks.reduce(0, +) == recorder.segments.count)
    }

    @Test func `a part is bounded by bytes`() {
        let size = CutLimits.partBytes / 3
        let recorder = cut(pictures(seconds: 4, rate: 20, group: 2, size: size))
        for part in recorder.segments.flatMap(\.parts) {
            #expect(part.count <= 3)
        }
        #expect(recorder.violations == [])
    }

    @Test func `a run that ends closes what is open, once`() {
        var cutter = SegmentCutter(chunkSeconds: 60)
        #expect(cutter.endRun() == [])
        cutter.beginRun()
        for unit in pictures(seconds: 1.2, rate: 20, group: 2) { _ = cutter.append(unit) }
        let expected: [CutAction] = [
            .flushPart, .closeSegment(nextIsIndependent: true), .rollChunk,
        ]
        #expect(cutter.endRun() == expected)
        #expect(cutter.endRun() == [])
    }

    @Test func `pictures five seconds apart make a segment each`() {
        let recorder = cut(pictures(seconds: 60, rate: 0.2, group: 5))
        #expect(recorder.segments.map(\.duration.seconds) == Array(repeating: 5, count: 12))
    }

    private func pictures(
        seconds: Double,
        rate: Double,
        group: Double,
        size: Int = 8
    ) -> [TimedUnit] {
        let count = Int((seconds * rate).rounded())
        let keys = group > 0 ? Int((group * rate).rounded()) : count
        return (0..<count).map { number in
            let decode = MediaTime(seconds: Double(number) / rate)
            let next = MediaTime(seconds: Double(number + 1) / rate)
            let unit = Trace.unit(
                .video,
                rtp: decode.ticks,
                isKey: number % keys == 0,
                number: number,
                size: size
            )
            return TimedUnit(
                unit: unit,
                decode: decode,
                presentation: decode,
                duration: next - decode,
                nextIsKey: (number + 1) % keys == 0
            )
        }
    }

    private func cut(_ units: [TimedUnit], chunkSeconds: Int = 60) -> CutRecorder {
        var cutter = SegmentCutter(chunkSeconds: chunkSeconds)
        var recorder = CutRecorder()
        cutter.beginRun()
        for unit in units {
            let decision = cutter.append(unit)
            recorder.perform(decision.before)
            recorder.append(unit)
            recorder.perform(decision.after)
        }
        recorder.perform(cutter.endRun())
        return recorder
    }
}
