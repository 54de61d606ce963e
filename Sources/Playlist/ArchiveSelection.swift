internal import Domain

/// Puts the segments of many chunks into playing order, each moment once.
struct ArchiveSelection {
    /// Each (epoch, sequence) once.
    let chunks: [Chunk]
    /// In playing order.
    private(set) var items: [ArchiveItem]

    /// Chunks may come in any order and twice, from the catalogue and from a spool; of two with one
    /// identity the longer stays. Within one epoch nothing is left out: one recorder made it, in
    /// the order of its sequence. Where epochs overlap, two workers recorded at the same time: the
    /// newer wins, and what it covers of the older is left out.
    init(_ all: [Chunk]) {
        var unique: [ChunkIdentity: Chunk] = [:]
        for chunk in all {
            if let known = unique[chunk.identity], known.segments.count >= chunk.segments.count {
                continue
            }
            unique[chunk.identity] = chunk
        }
        let chunks = unique.values.sorted {
            ($0.identity.epoch, $0.identity.sequence) < ($1.identity.epoch, $1.identity.sequence)
        }
        self.chunks = chunks
        var epochs: [[ArchiveItem]] = []
        var covered = WallCoverage()
        var upper = chunks.count
        while upper > 0 {
            let epoch = chunks[upper - 1].identity.epoch
            let lower =
                chunks[..<upper].lastIndex { $0.identity.epoch != epoch }.map { $0 + 1 } ?? 0
            let items = (lower..<upper).flatMap { Self.items(of: chunks[$0], at: $0) }
            epochs.append(items.filter { covered.overlap($0.start, $0.end) <= Self.tolerance })
            if lower > 0 {
                for item in items { covered.insert(item.start, item.end) }
                covered.normalise()
            }
            upper = lower
        }
        items = epochs.reversed().reduce([]) { Self.merged($0, $1) }
    }

    /// Overlap between two epochs that is played rather than cut: below what dates tolerate.
    private static let tolerance = PlaylistDates.overlapLimit

    /// The items that cover a range, beginning with an independent one where there is one.
    func range(from: WallTime, to: WallTime) -> [ArchiveItem] {
        guard var first = items.firstIndex(where: { $0.end > from && $0.start < to }) else {
            return []
        }
        var lead: [ArchiveItem] = []
        while !items[first].segment.isIndependent, first > 0,
            continues(items[first - 1], items[first])
        {
            first -= 1
            lead.append(items[first])
        }
        let inside = items[(first + lead.count)...].filter { $0.end > from && $0.start < to }
        return lead.reversed() + inside
    }

    /// Whether the second item follows the first without a hole, on the same timeline.
    func continues(_ first: ArchiveItem, _ second: ArchiveItem) -> Bool {
        let before = chunks[first.chunk]
        let after = chunks[second.chunk]
        return before.run == after.run && before.initializationHash == after.initializationHash
            && first.segment.end == second.segment.start
    }

    private static func items(of chunk: Chunk, at index: Int) -> [ArchiveItem] {
        chunk.segments.compactMap { segment in
            guard segment.duration > .zero, segment.length > 0, segment.offset >= 0 else {
                return nil
            }
            return ArchiveItem(
                chunk: index,
                segment: segment,
                start: chunk.wallTime(of: segment.start),
                end: chunk.wallTime(of: segment.end)
            )
        }
    }

    /// Both lists keep their own order; between them the earlier goes first.
    private static func merged(_ left: [ArchiveItem], _ right: [ArchiveItem]) -> [ArchiveItem] {
        guard let last = left.last, let first = right.first, last.start > first.start else {
            return left + right
        }
        var result: [ArchiveItem] = []
        var rest = right[...]
        for item in left {
            while let next = rest.first, next.start < item.start {
                result.append(next)
                rest.removeFirst()
            }
            result.append(item)
        }
        return result + rest
    }
}
