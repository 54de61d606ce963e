package import Domain

/// A chunk in the spool, as the shipper and the live edge see it.
package struct SpooledChunk: Sendable, Hashable {
    /// With the segments that are closed.
    package var chunk: Chunk
    package var precedingGap: Gap?
    /// No more will come.
    package var isClosed: Bool
    /// Path of the data file.
    package var path: String
    /// Set once bounds and hash are fixed.
    package var sealed: SealedChunk?
    package var isRegistered: Bool
}
