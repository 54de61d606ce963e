internal import Domain

/// One segment as a playlist's text tells it.
struct ParsedSegment: Hashable, Sendable {
    struct Map: Hashable, Sendable {
        var uri: String
        var byteRange: String?
    }

    /// The line of its URI, from 1.
    var line = 0
    var uri = ""
    var seconds: Double?
    var decimals = 0
    var date: WallTime?
    var isGap = false
    var isDiscontinuity = false
    /// Length and offset; a missing offset is resolved against the segment before.
    var byteRange: Range<Int>?
    var map: Map?
    var hasTags = false
}
