import Domain
import Recorder

/// A closed segment as the cutter made it.
struct CutSegment {
    var parts: [[TimedUnit]]

    var pictures: [TimedUnit] {
        parts.joined().filter { $0.unit.track == .video }
    }

    var duration: MediaTime {
        guard let first = pictures.first, let last = pictures.last else { return .zero }
        return last.end - first.decode
    }

    var isIndependent: Bool {
        pictures.first?.unit.isKey ?? false
    }

    static func duration(of part: [TimedUnit]) -> MediaTime {
        let pictures = part.filter { $0.unit.track == .video }
        guard let first = pictures.first, let last = pictures.last else { return .zero }
        return last.end - first.decode
    }
}

/// Does what the cutter says, in memory.
struct CutRecorder {
    var segments: [CutSegment] = []
    var chunks: [Int] = []
    var violations: [String] = []
    private var part: [TimedUnit] = []
    private var parts: [[TimedUnit]] = []
    private var promisedIndependence: Bool? = true
    private var segmentsInChunk = 0

    mutating func append(_ unit: TimedUnit) {
        if let promised = promisedIndependence, unit.unit.track == .video {
            if promised != unit.unit.isKey { violations.append("a wrong word about a key") }
            promisedIndependence = nil
        }
        part.append(unit)
    }

    mutating func perform(_ actions: [CutAction]) {
        for action in actions {
            switch action {
            case .flushPart:
                if part.isEmpty { violations.append("an empty part") }
                parts.append(part)
                part = []
            case .closeSegment(let nextIsIndependent):
                if !part.isEmpty || parts.isEmpty { violations.append("a segment not flushed") }
                segments.append(CutSegment(parts: parts))
                parts = []
                segmentsInChunk += 1
                promisedIndependence = nextIsIndependent
            case .rollChunk:
                if !part.isEmpty || !parts.isEmpty || segmentsInChunk == 0 {
                    violations.append("a chunk not closed")
                }
                chunks.append(segmentsInChunk)
                segmentsInChunk = 0
            }
        }
    }
}
