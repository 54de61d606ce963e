internal import Domain

/// One segment of one chunk, with its wall times.
struct ArchiveItem: Hashable, Sendable {
    /// Index into the chunks of the selection.
    var chunk: Int
    var segment: Segment
    var start: WallTime
    var end: WallTime
}
