import Domain

/// Decides where parts, segments and chunks end.
///
/// Use: `beginRun()`, then for each unit of the run do `before`, append it, do `after`; then
/// `endRun()`. Borders are made by the video alone; audio goes where it comes.
///
/// A segment ends at the first key picture from 4 s on; at an earlier one when the one after it
/// is expected too late; and at 6 s when no key picture comes in time. The expectation is the
/// longest of the last few key intervals: with a smart codec a cut too early costs a short
/// segment, one too late costs a segment that no player can start with.
package struct SegmentCutter: Sendable {
    private let chunkLength: MediaTime
    private var keys = KeyIntervals()
    private var chunkStart = MediaTime.zero
    private var chunkBytes = 0
    private var segmentStart = MediaTime.zero
    private var segmentIsEmpty = true
    private var partStart = MediaTime.zero
    private var partBytes = 0
    private var partIsEmpty = true
    /// Where the video appended so far ends.
    private var end = MediaTime.zero

    /// - Parameter chunkSeconds: a chunk ends at the first segment border at or after this many
    ///   seconds; 0 makes each segment a chunk.
    package init(chunkSeconds: Int) {
        chunkLength = MediaTime(milliseconds: Int64(max(0, chunkSeconds)) &* 1_000)
    }

    /// A new run begins; its first unit is a key picture.
    package mutating func beginRun() {
        keys = KeyIntervals()
        end = .zero
        openChunk()
        openSegment()
    }

    /// What to do before and after a unit is appended.
    package mutating func append(_ unit: TimedUnit) -> CutDecision {
        var decision = CutDecision()
        let size = unit.unit.bytes.count
        if unit.unit.track == .video {
            prepare(for: unit, &decision.before)
            if unit.unit.isKey {
                keys.note(unit.decode)
            }
            end = unit.end
        } else if partBytes > 0, partBytes &+ size > CutLimits.partBytes {
            flushPart(&decision.before)
        }
        segmentIsEmpty = false
        partIsEmpty = false
        partBytes &+= size
        chunkBytes &+= size
        if unit.unit.track == .video {
            conclude(after: unit, &decision.after)
        }
        return decision
    }

    /// The run is over: closes what is open. The next run begins with a key picture and in a new
    /// chunk, so this ends in `closeSegment(nextIsIndependent: true)` and `rollChunk` unless
    /// nothing was appended since the last.
    package mutating func endRun() -> [CutAction] {
        guard !segmentIsEmpty || chunkBytes > 0 else { return [] }
        var actions: [CutAction] = []
        if !segmentIsEmpty {
            flushPart(&actions)
            actions.append(.closeSegment(nextIsIndependent: true))
        }
        actions.append(.rollChunk)
        openChunk()
        openSegment()
        return actions
    }

    /// Ends what the picture must not be part of.
    private mutating func prepare(for picture: TimedUnit, _ actions: inout [CutAction]) {
        guard end > segmentStart else { return }
        let isDue = picture.unit.isKey && endsSegment(keyAt: picture.decode)
        if isDue || picture.end - segmentStart > CutLimits.longestSegment {
            closeSegment(nextIsIndependent: picture.unit.isKey, &actions)
            return
        }
        let isLong = end > partStart && picture.end - partStart > CutLimits.part
        let isLarge = partBytes > 0 && partBytes &+ picture.unit.bytes.count > CutLimits.partBytes
        if isLong || isLarge {
            flushPart(&actions)
        }
    }

    /// Ends what is known to be complete, so that it can be read a picture earlier.
    private mutating func conclude(after picture: TimedUnit, _ actions: inout [CutAction]) {
        if picture.nextIsKey, endsSegment(keyAt: end) {
            closeSegment(nextIsIndependent: true, &actions)
        } else if end + picture.duration - partStart > CutLimits.part {
            flushPart(&actions)
        }
    }

    private func endsSegment(keyAt time: MediaTime) -> Bool {
        let length = time - segmentStart
        guard length < CutLimits.segment else { return true }
        guard length > .zero, let interval = keys.expected(after: time) else { return false }
        return length + interval + CutLimits.keyLateness > CutLimits.longestSegment
    }

    private mutating func flushPart(_ actions: inout [CutAction]) {
        guard !partIsEmpty else { return }
        actions.append(.flushPart)
        partIsEmpty = true
        partBytes = 0
        partStart = end
    }

    private mutating func closeSegment(nextIsIndependent: Bool, _ actions: inout [CutAction]) {
        flushPart(&actions)
        actions.append(.closeSegment(nextIsIndependent: nextIsIndependent))
        let isFull = end - chunkStart >= chunkLength || chunkBytes >= CutLimits.chunkBytes
        if isFull {
            actions.append(.rollChunk)
            openChunk()
        }
        openSegment()
    }

    private mutating func openChunk() {
        chunkStart = end
        chunkBytes = 0
    }

    private mutating func openSegment() {
        segmentStart = end
        segmentIsEmpty = true
        partStart = end
        partBytes = 0
        partIsEmpty = true
    }
}
