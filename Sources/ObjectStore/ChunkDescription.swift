package import Domain

/// What the metadata of an object says of the chunk in it.
package struct ChunkDescription: Hashable, Sendable {
    /// The chunk as it was offered; without segments where `hasSegments` is false.
    package var offer: ChunkOffer
    /// False of a chunk with more segments than there is room for in the metadata.
    package var hasSegments: Bool
    /// Wall time after the last picture, milliseconds rounded down; nil if it is not written.
    package var end: WallTime?
    /// Days; nil of an object that was written before they were: its tag has them.
    package var retentionDays: Int?
    package var retentionClass: RetentionClass?
}
