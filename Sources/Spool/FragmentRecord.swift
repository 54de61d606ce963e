package import Domain

/// One moof+mdat of a chunk, as its journal lists it.
package struct FragmentRecord: Hashable, Sendable {
    package var offset: Int
    package var length: Int
    package var start: MediaTime
    package var duration: MediaTime
    package var isIndependent: Bool
    package var beginsSegment: Bool
    /// Whether its segment is known to end with it, so that the segment can be read at once.
    package var endsSegment: Bool
    /// CRC-32C of the fragment's bytes.
    package var crc: UInt32

    package init(
        offset: Int,
        length: Int,
        start: MediaTime,
        duration: MediaTime,
        isIndependent: Bool,
        beginsSegment: Bool,
        endsSegment: Bool = false,
        crc: UInt32
    ) {
        self.offset = offset
        self.length = length
        self.start = start
        self.duration = duration
        self.isIndependent = isIndependent
        self.beginsSegment = beginsSegment
        self.endsSegment = endsSegment
        self.crc = crc
    }
}
