internal import Domain

/// The limits of `FragmentMuxer`, each with its reason.
package enum FragmentLimits {
    /// Units in one fragment. The muxer goes back to fill in a box's size, which works only inside
    /// its buffer: 16 bytes of `trun` for each unit must stay well below `bufferBytes`.
    package static let units = 1_000
    /// Bytes of the library's output buffer, one per muxer.
    static let bufferBytes = 32 << 10
    /// Bytes of a decoder configuration: above any real one, and small enough that `moov` fits in
    /// the buffer.
    static let configurationBytes = 8 << 10
    /// Bytes of one picture or audio frame: far above a 4K key picture.
    package static let unitBytes = 16 << 20
    /// Pixels of one side: the largest that H.265 level 6.2 allows.
    static let pictureSide = 16_888
    /// Ticks of a decode time: twelve years, so that no product below overflows.
    static let decodeTicks: Int64 = 1 << 45
    /// Ticks of a duration or of a reordering: an hour, far above what the recorder makes.
    static let spanTicks: Int64 = 3_600 * MediaTime.ticksPerSecond
}
