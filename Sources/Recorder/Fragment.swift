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
}
