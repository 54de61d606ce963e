import Domain
import FoundationEssentials
import Recorder
import Testing

/// Every trace of `Fixtures/traces`: what cameras are known to do, and what must come of it.
struct TraceFixtureTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/traces")

    static let names: [String] = {
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (files ?? []).filter { $0.hasSuffix(".trace") }.sorted()
    }()

    static func trace(_ name: String) throws -> Trace {
        let data = try Data(contentsOf: folder.appending(path: name))
        return try Trace(text: String(decoding: data, as: UTF8.self))
    }

    @Test func `there are traces`() {
        #expect(Self.names.count >= 40)
    }

    @Test(arguments: names)
    func `a trace gives the runs, dates and gaps it names`(name: String) throws {
        let trace = try Self.trace(name)
        let result = TraceResult(trace)
        #expect(TraceInvariants.violations(result) == [])
        let reasons = result.runs.map(\.head.reason)
        #expect(reasons == trace.runs.map(\.reason))
        for (run, expected) in zip(result.runs, trace.runs) {
            let at = milliseconds(run.head.start, since: trace.start)
            #expect(abs(at - expected.at) <= 60, "\(expected.reason) at \(at)")
            #expect(run.head.gap?.reason == expected.gapReason)
            if let gap = run.head.gap {
                let from = milliseconds(gap.start, since: trace.start)
                #expect(abs(from - expected.gapFrom) <= 60, "gap from \(from)")
                #expect(gap.end == run.head.start)
            }
        }
        for count in trace.counts {
            let counter = try #require(counters[count.name])
            #expect(result.counters[keyPath: counter] == count.value, "\(count.name)")
        }
    }

    private func milliseconds(_ time: WallTime, since start: WallTime) -> Double {
        Double(time.microseconds - start.microseconds) / 1_000
    }

    private var counters: [String: KeyPath<TimeCounters, Int>] {
        [
            "picturesBeforeKey": \.picturesBeforeKey, "picturesRestamped": \.picturesRestamped,
            "jumps": \.jumps, "picturesTimedByArrival": \.picturesTimedByArrival,
            "presentationsMoved": \.presentationsMoved, "audioBeforeVideo": \.audioBeforeVideo,
            "audioDropped": \.audioDropped, "audioReanchored": \.audioReanchored,
            "restartsHeldBack": \.restartsHeldBack,
        ]
    }
}
