internal import Domain

/// A moof with its mdat, ready for the disk.
struct Fragment: Sendable {
    let bytes: [UInt8]
    let start: MediaTime
    let duration: MediaTime
    let isIndependent: Bool
    let beginsSegment: Bool
}
