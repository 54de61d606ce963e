import Domain

/// One `moof` with its `mdat`, as far as segments are cut by it (ISO/IEC 14496-12, 8.8).
struct MovieFragment: Hashable, Sendable {
    /// Decode time of its first picture; nil if it has none.
    var start: MediaTime?
    var duration: MediaTime
    /// Whether its first picture is a key picture.
    var isKey: Bool
    /// First byte of the `moof`.
    var offset: Int
    /// Bytes up to the next `moof`.
    var length: Int

    /// The track that the recorder writes pictures to, on the media clock.
    private static let videoTrack: UInt64 = 1
    /// More samples than any fragment has, all tracks together; a larger count is damage.
    private static let sampleLimit: UInt64 = 65_536
    /// Decode times beyond 1,500 years are damage; sums of what is below stay in range.
    private static let timeLimit: UInt64 = 1 << 52

    /// Reads the content of a `moof`; nil if it is damaged. Offset and length are the caller's.
    init?(moof: [UInt8]) {
        var video = (start: MediaTime?.none, ticks: Int64(0), isKey: false)
        var samplesLeft = Self.sampleLimit
        var boxes = BoxWalk(moof)
        while let box = boxes.next() {
            guard box.type == "traf" else { continue }
            guard let track = Track(moof, box.content, &samplesLeft) else { return nil }
            guard track.number == Self.videoTrack else { continue }
            // The recorder writes one; of two the times may contradict each other.
            guard video.start == nil else { return nil }
            video.start = MediaTime(ticks: track.start)
            video.ticks += track.ticks
            video.isKey = track.isKey
        }
        guard !boxes.isDamaged else { return nil }
        start = video.start
        duration = MediaTime(ticks: video.ticks)
        isKey = video.isKey
        offset = 0
        length = 0
    }

    /// One `traf`.
    private struct Track {
        var number: UInt64 = 0
        var start: Int64 = 0
        var ticks: Int64 = 0
        var isKey = false
        private var defaultDuration: UInt64 = 0
        private var defaultFlags: UInt64 = 0
        private var hasSamples = false

        /// - Parameter samplesLeft: How many more the fragment may have.
        init?(_ bytes: [UInt8], _ content: Range<Int>, _ samplesLeft: inout UInt64) {
            var boxes = BoxWalk(bytes, content)
            while let box = boxes.next() {
                var reader = ByteReader(Array(bytes[box.content]))
                let isRead: Bool? =
                    switch box.type {
                    case "tfhd": readHeader(&reader)
                    case "tfdt": readTime(&reader)
                    case "trun": readRun(&reader, &samplesLeft)
                    default: true
                    }
                if isRead == nil { return nil }
            }
            if boxes.isDamaged { return nil }
        }

        private mutating func readHeader(_ reader: inout ByteReader) -> Bool? {
            guard let flags = reader.unsigned(4), let id = reader.unsigned(4) else { return nil }
            number = id
            if flags & 0x1 != 0, reader.unsigned(8) == nil { return nil }
            if flags & 0x2 != 0, reader.unsigned(4) == nil { return nil }
            if flags & 0x8 != 0 {
                guard let duration = reader.unsigned(4) else { return nil }
                defaultDuration = duration
            }
            if flags & 0x10 != 0, reader.unsigned(4) == nil { return nil }
            if flags & 0x20 != 0 {
                guard let flags = reader.unsigned(4) else { return nil }
                defaultFlags = flags
            }
            return true
        }

        private mutating func readTime(_ reader: inout ByteReader) -> Bool? {
            guard let head = reader.unsigned(4),
                let time = reader.unsigned(head >> 24 == 1 ? 8 : 4),
                time <= MovieFragment.timeLimit
            else { return nil }
            start = Int64(time)
            return true
        }

        private mutating func readRun(
            _ reader: inout ByteReader,
            _ samplesLeft: inout UInt64
        ) -> Bool? {
            guard let head = reader.unsigned(4), let count = reader.unsigned(4),
                count <= samplesLeft
            else { return nil }
            samplesLeft -= count
            if head & 0x1 != 0, reader.unsigned(4) == nil { return nil }
            var firstFlags: UInt64?
            if head & 0x4 != 0 {
                firstFlags = reader.unsigned(4)
                if firstFlags == nil { return nil }
            }
            for index in 0..<count {
                var duration = defaultDuration
                var flags = index == 0 ? firstFlags ?? defaultFlags : defaultFlags
                if head & 0x100 != 0 {
                    guard let own = reader.unsigned(4) else { return nil }
                    duration = own
                }
                if head & 0x200 != 0, reader.unsigned(4) == nil { return nil }
                if head & 0x400 != 0 {
                    guard let own = reader.unsigned(4) else { return nil }
                    flags = own
                }
                if head & 0x800 != 0, reader.unsigned(4) == nil { return nil }
                ticks += Int64(duration)
                // The bit says that a sample is not a key picture.
                if !hasSamples { isKey = flags & 0x1_0000 == 0 }
                hasSamples = true
            }
            return true
        }
    }
}
