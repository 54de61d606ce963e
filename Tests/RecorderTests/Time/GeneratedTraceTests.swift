import Domain
import Recorder
import Testing

/// A thousand made-up cameras with every fault the sanitiser knows, against what really happened.
struct GeneratedTraceTests {
    static let firstSeed: UInt64 = 20_260_131

    @Test func `a thousand traces keep every promise`() {
        print("generated traces: seeds from \(Self.firstSeed)")
        var failures = 0
        for seed in Self.firstSeed..<Self.firstSeed + 1_000 where failures < 5 {
            let generated = GeneratedTrace(seed: seed)
            let result = TraceResult(generated.trace)
            let violations =
                TraceInvariants.violations(result) + lost(generated, result)
                + dates(generated, result) + lengths(generated, result)
            #expect(violations == [], "seed \(seed)")
            failures += violations.isEmpty ? 0 : 1
        }
    }

    @Test func `the same seed gives the same run`() {
        let first = TraceResult(GeneratedTrace(seed: 7).trace)
        let second = TraceResult(GeneratedTrace(seed: 7).trace)
        #expect(first.runs.map(\.head) == second.runs.map(\.head))
        #expect(first.runs.map(\.units) == second.runs.map(\.units))
    }

    /// Every picture that came is put out once and in order, or counted as dropped.
    private func lost(_ generated: GeneratedTrace, _ result: TraceResult) -> [String] {
        var found: [String] = []
        let written = result.runs.flatMap { $0.pictures.map { Trace.number(of: $0.unit) } }
        let dropped = result.counters.picturesBeforeKey
        if written.count + dropped != generated.sent.count {
            found.append("\(generated.sent.count) sent, \(written.count) put out, \(dropped)")
        }
        if generated.breaks == 0, dropped > 0 { found.append("\(dropped) dropped for nothing") }
        for (number, next) in zip(written, written.dropFirst()) where next <= number {
            found.append("picture \(next) behind \(number)")
        }
        let reordering = generated.isReordered ? 1 : 0
        if result.runs.count > 1 + generated.discontinuities + reordering {
            let reasons = result.runs.map(\.head.reason.rawValue)
            found.append("runs \(reasons) for \(generated.discontinuities) discontinuities")
        }
        return found
    }

    /// No picture's date is further from the truth than drift and jitter explain.
    private func dates(_ generated: GeneratedTrace, _ result: TraceResult) -> [String] {
        let arrivals = arrivals(generated.trace)
        var worst = 0.0
        for run in result.runs {
            guard let first = run.pictures.first else { continue }
            let firstArrival = arrivals[Trace.number(of: first.unit)] ?? 0
            let host = generated.trace.arrival(firstArrival)
            let offset = Double(host.wall.microseconds) / 1_000 - firstArrival
            for picture in run.pictures {
                let taken = generated.taken[Trace.number(of: picture.unit)] ?? 0
                let date = run.head.start + (picture.presentation - first.presentation)
                let error = Double(date.microseconds) / 1_000 - offset - taken
                worst = abs(error) > abs(worst) ? error : worst
            }
        }
        let bound = 600 + 2 * generated.interval
        return abs(worst) <= bound ? [] : ["a date is wrong by \(worst) ms"]
    }

    /// A run is as long as what was taken in it, within a picture.
    private func lengths(_ generated: GeneratedTrace, _ result: TraceResult) -> [String] {
        var found: [String] = []
        for run in result.runs {
            let taken = run.pictures.compactMap { generated.taken[Trace.number(of: $0.unit)] }
            guard let first = taken.min(), let last = taken.max() else { continue }
            let sum = run.pictures.map(\.duration.seconds).reduce(0, +) * 1_000
            let truth = last - first + generated.interval
            // A jump inside a run is bridged by one usual interval or by arrivals.
            let bound = generated.interval * (1 + Double(generated.discontinuities)) + 40
            if abs(sum - truth) > bound { found.append("\(sum) ms long instead of \(truth)") }
        }
        return found
    }

    private func arrivals(_ trace: Trace) -> [Int: Double] {
        var arrivals: [Int: Double] = [:]
        for event in trace.events {
            if case .unit(let unit) = event.item, unit.track == .video {
                arrivals[Trace.number(of: unit)] = event.at
            }
        }
        return arrivals
    }
}
