internal import Domain

/// A moof with its mdat, ready for the disk.
struct Fragment: Sendable {
    let bytes: [UInt8]
    let start: MediaTime
    let duration: MediaTime
    let isIndependent: Bool
    let beginsSegment: Bool
    /// Whether its segment is known to end with it.
    let endsSegment: Bool
    /// Whether the worker has to look at the journal after it: the first of a chunk, the last of a
    /// segment, or one that shows that the segment before it had ended.
    let isBorder: Bool
}
