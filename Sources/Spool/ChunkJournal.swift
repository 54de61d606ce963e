package import Domain

/// What a journal says, read piece by piece while it grows. A value.
package struct ChunkJournal: Sendable {
    package private(set) var header: ChunkHeader?
    package private(set) var fragments: [FragmentRecord] = []
    package private(set) var end: ChunkEnd?
    /// Bytes of whole, right records from the start of the file.
    package private(set) var validLength = 0
    /// Where the header's record ends.
    package private(set) var headerEnd = 0
    /// Where each fragment's record ends, for cutting back to it.
    package private(set) var recordEnds: [Int] = []

    package init() {}

    /// Reads a whole journal.
    package init(_ bytes: [UInt8]) {
        extend(bytes)
    }

    /// Takes the file's bytes from `validLength` on; what is not a whole record waits for more.
    package mutating func extend(_ bytes: [UInt8]) {
        var position = 0
        if validLength == 0 {
            guard bytes.count >= JournalRecord.magic.count,
                bytes[..<JournalRecord.magic.count].elementsEqual(JournalRecord.magic)
            else { return }
            position = JournalRecord.magic.count
        }
        let base = validLength
        validLength = base + position
        while end == nil, let (record, next) = JournalRecord.read(bytes, at: position) {
            guard accept(record) else { return }
            position = next
            validLength = base + position
            switch record {
            case .header: headerEnd = validLength
            case .fragment: recordEnds.append(validLength)
            case .end: break
            }
        }
    }

    private mutating func accept(_ record: JournalRecord) -> Bool {
        switch record {
        case .header(let value):
            guard header == nil else { return false }
            header = value
        case .fragment(let value):
            let expected = header.map { _ in dataLength }
            guard value.offset == expected, value.length > 0, value.duration.ticks >= 0 else {
                return false
            }
            fragments.append(value)
        case .end(let value):
            guard header != nil else { return false }
            end = value
        }
        return true
    }

    /// Segments that will not change any more: all but the last one, and that too once its last
    /// fragment says so or the chunk has ended.
    package var segments: [Segment] {
        var all = Self.segments(fragments)
        if isLastOpen, !all.isEmpty { all.removeLast() }
        return all
    }

    /// The segment that still grows.
    package var openSegment: Segment? {
        isLastOpen ? Self.segments(fragments).last : nil
    }

    private var isLastOpen: Bool {
        end == nil && fragments.last?.endsSegment != true
    }

    /// Bytes of the data file that the records account for.
    package var dataLength: Int {
        fragments.last.map { $0.offset + $0.length } ?? header?.initializationLength ?? 0
    }

    private static func segments(_ fragments: [FragmentRecord]) -> [Segment] {
        var all: [Segment] = []
        var isClosed = true
        for fragment in fragments {
            if fragment.beginsSegment || isClosed {
                all.append(
                    Segment(
                        start: fragment.start,
                        duration: fragment.duration,
                        offset: fragment.offset,
                        length: fragment.length,
                        isIndependent: fragment.isIndependent
                    )
                )
            } else {
                let last = all[all.count - 1]
                all[all.count - 1].duration =
                    fragment.start + fragment.duration - last.start
                all[all.count - 1].length += fragment.length
            }
            isClosed = fragment.endsSegment
        }
        return all
    }
}
