/// Where a segment's ftyp and moov are: an EXT-X-MAP tag.
struct PlaylistMap: Hashable, Sendable {
    var uri: String
    /// Nil for a whole resource.
    var byteRange: Range<Int>?
}
