import Domain
import Recorder

/// What came out of sanitiser and cutter for a trace.
struct TraceResult {
    struct Run {
        var head: RunStart
        var units: [TimedUnit] = []
        var end: WallTime?
        /// What the cutter said, in the order of writing, with the units between.
        var segments: [CutSegment] = []
        /// Media lengths of its chunks, in segments.
        var chunks: [Int] = []

        var pictures: [TimedUnit] {
            units.filter { $0.unit.track == .video }
        }
    }

    var runs: [Run] = []
    var warnings: [TimeWarning] = []
    var counters = TimeCounters()
    var openGap: GapReason?
    /// Breaches of the order that `TimeOutput` promises.
    var violations: [String] = []

    init(_ trace: Trace, chunkSeconds: Int = 60) {
        var sanitizer = TimeSanitizer(audioClockRate: trace.audioRate)
        var cutter = SegmentCutter(chunkSeconds: chunkSeconds)
        var writer = CutRecorder()
        var nextTick = (trace.events.first?.at ?? 0) + 1_000
        for event in trace.events {
            while nextTick < event.at {
                sanitizer.tick(at: trace.arrival(nextTick))
                nextTick += 1_000
            }
            let arrival = trace.arrival(event.at)
            switch event.item {
            case .unit(let unit): sanitizer.receive(unit, at: arrival)
            case .loss: sanitizer.loseUnits(of: .video, at: arrival)
            case .parameters: sanitizer.changeParameters(at: arrival)
            case .interrupt(let reason): sanitizer.interrupt(reason, at: arrival)
            case .connect: sanitizer.connect(audioClockRate: trace.audioRate, at: arrival)
            case .report(let track, let ntp, let rtp):
                sanitizer.receiveSenderReport(track, ntp: ntp, rtp: rtp, at: arrival)
            }
            take(&sanitizer, &cutter, &writer)
        }
        openGap = sanitizer.openGap?.reason
        sanitizer.finish()
        take(&sanitizer, &cutter, &writer)
        counters = sanitizer.counters
    }

    private mutating func take(
        _ sanitizer: inout TimeSanitizer,
        _ cutter: inout SegmentCutter,
        _ writer: inout CutRecorder
    ) {
        while let output = sanitizer.nextOutput() {
            let isOpen = runs.last.map { $0.end == nil } ?? false
            switch output {
            case .runStarted(let head):
                if isOpen { violations.append("a run began inside another") }
                runs.append(Run(head: head))
                cutter.beginRun()
                writer = CutRecorder()
            case .unit(let unit):
                guard isOpen else {
                    violations.append("a unit outside a run")
                    continue
                }
                runs[runs.count - 1].units.append(unit)
                let decision = cutter.append(unit)
                writer.perform(decision.before)
                writer.append(unit)
                writer.perform(decision.after)
            case .runEnded(let end):
                if !isOpen { violations.append("the end of no run") }
                guard !runs.isEmpty else { continue }
                writer.perform(cutter.endRun())
                runs[runs.count - 1].end = end
                runs[runs.count - 1].segments = writer.segments
                runs[runs.count - 1].chunks = writer.chunks
                violations += writer.violations
            case .warning(let warning): warnings.append(warning)
            }
        }
    }
}
