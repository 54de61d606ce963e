package import Domain

/// A segment that will not change any more, with what a live playlist needs to list it.
package struct ClosedSegment: Hashable, Sendable {
    /// The chunk it is in; `segments` is empty.
    package var chunk: Chunk
    /// The hole before the chunk's run; only for the first segment of a run.
    package var precedingGap: Gap?
    package var segment: Segment
    /// Counts from 0 within the chunk.
    package var indexInChunk: Int
}
