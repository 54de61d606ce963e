import Domain
import Recorder

/// What must hold for every trace, whatever the camera did.
enum TraceInvariants {
    static func violations(_ result: TraceResult) -> [String] {
        var found = result.violations
        for (number, run) in result.runs.enumerated() {
            found += violations(run).map { "run \(number): \($0)" }
        }
        for (before, after) in zip(result.runs, result.runs.dropFirst()) {
            guard let end = before.end, !after.head.repeatsDates else { continue }
            let overlap = (end - after.head.start).seconds
            if overlap > 1 { found.append("dates overlap by \(overlap) s") }
            if let gap = after.head.gap, gap.end != after.head.start || gap.start >= gap.end {
                found.append("a gap that does not lead to its run")
            }
        }
        return found
    }

    private static func violations(_ run: TraceResult.Run) -> [String] {
        var found: [String] = []
        guard let first = run.units.first, first.unit.isKey, first.unit.track == .video,
            first.decode == .zero, let end = run.end, run.units.last?.unit.track == .video
        else { return ["it does not begin with a key picture, or end with a picture"] }
        let pictures = run.pictures
        for track in TrackKind.allCases {
            let units = run.units.filter { $0.unit.track == track }
            for (unit, next) in zip(units, units.dropFirst()) {
                if next.decode <= unit.decode { found.append("decode time at \(next.decode)") }
                if track == .video, unit.end != next.decode {
                    found.append("a hole at \(next.decode)")
                }
                if unit.nextIsKey != (track == .video && next.unit.isKey) {
                    found.append("a wrong word about the next picture at \(unit.decode)")
                }
            }
        }
        for unit in run.units {
            if unit.presentation < unit.decode { found.append("shown early: \(unit.decode)") }
            if unit.duration <= .zero || unit.duration > TimeLimits.longestPicture {
                found.append("duration \(unit.duration)")
            }
        }
        if let last = pictures.last, end != run.head.start + last.end {
            found.append("its end is not where its media ends")
        }
        return found + violations(segments: run)
    }

    private static func violations(segments run: TraceResult.Run) -> [String] {
        var found: [String] = []
        let written = run.segments.flatMap { $0.parts.joined() }
        if written != run.units { found.append("segments do not hold what came") }
        if run.chunks.reduce(0, +) != run.segments.count { found.append("chunks and segments") }
        var intervals: [MediaTime] = []
        let keys = run.pictures.filter(\.unit.isKey).map(\.decode)
        for (key, next) in zip(keys, keys.dropFirst()) { intervals.append(next - key) }
        let longest = intervals.max() ?? .zero
        for segment in run.segments {
            if segment.duration > CutLimits.longestSegment || segment.duration <= .zero {
                found.append("a segment of \(segment.duration)")
            }
            // Where no key interval is long, every segment can begin with a key picture.
            if longest < MediaTime(milliseconds: 2_700), !segment.isIndependent,
                keys.count > 1,
                segment.pictures.first.map({ $0.decode < keys[keys.count - 1] })
                    ?? true
            {
                found.append("a segment without a key picture")
            }
            for part in segment.parts {
                let count = part.count { $0.unit.track == .video }
                if CutSegment.duration(of: part) > CutLimits.part, count > 1 {
                    found.append("a part of \(CutSegment.duration(of: part))")
                }
            }
        }
        return found
    }
}
