/// The rules that a playlist can break; the numbers are those of RFC 8216 and RFC 8216bis (draft
/// 22), Apple's are of its HLS authoring specification. What binds this project only says so.
package enum PlaylistRule: String, Sendable, Hashable, CaseIterable {
    /// The first line is `#EXTM3U`, no byte order mark, no control characters (4.1, 4.3.1.1).
    case header = "H1.header"
    /// A tag's value or attribute list is well formed (4.2).
    case syntax = "H1.syntax"
    /// Tags that stand at most once do (4.3.1 to 4.3.3).
    case repeatedTag = "H1.repeated-tag"
    /// Media and multivariant tags are not mixed (4.3.2 to 4.3.4).
    case mixedTags = "H1.mixed-tags"
    /// EXT-X-VERSION is at least what the tags need (section 7).
    case versionTooLow = "H1.version-low"
    /// EXT-X-VERSION is not higher than the tags need (section 7, SHOULD).
    case versionTooHigh = "H1.version-high"
    /// EXT-X-TARGETDURATION is there (4.3.3.1).
    case targetDuration = "H2.target"
    /// EXTINF, rounded, is at most the target duration (4.3.3.1).
    case tooLong = "H2.too-long"
    /// Every URI has an EXTINF and every EXTINF a URI (4.3.2.1).
    case segmentWithoutDuration = "H3.extinf"
    /// EXTINF has at least three decimals (Apple 8.1 asks for accurate sums).
    case durationAccuracy = "H3.accuracy"
    /// Every fMP4 segment has an EXT-X-MAP (3.3).
    case missingMap = "H4.map"
    /// A change of EXT-X-MAP is behind an EXT-X-DISCONTINUITY (4.3.2.3).
    case unmarkedChange = "H5.unmarked-change"
    /// A jump of the dates against the durations is behind an EXT-X-DISCONTINUITY (4.3.2.3).
    case unmarkedJump = "H5.unmarked-jump"
    /// Media after a gap is behind an EXT-X-DISCONTINUITY (this project's rule).
    case unmarkedResume = "H5.unmarked-resume"
    /// A live list always has EXT-X-DISCONTINUITY-SEQUENCE (Apple 8.17).
    case discontinuitySequence = "H5.sequence"
    /// A live list has no EXT-X-INDEPENDENT-SEGMENTS (this project's rule: cuts without key frame).
    case independentLive = "H6.independent"
    /// Dates are RFC 3339 with milliseconds and zone (4.3.2.6).
    case dateFormat = "H7.format"
    /// Every media playlist with segments has a date (Apple 8.4).
    case missingDate = "H7.missing"
    /// A segment behind EXT-X-DISCONTINUITY has a date (6.2.1, SHOULD).
    case undatedDiscontinuity = "H7.discontinuity"
    /// No moment maps to two segments (8216bis 4.4.4.6).
    case ambiguousDate = "H7.ambiguous"
    /// EXT-X-BYTERANGE without offset follows a range of the same resource (4.3.2.2).
    case byteRange = "H9.byterange"
    /// The sequence tags stand before the first segment and discontinuity (4.3.3.2, 4.3.3.3).
    case sequencePosition = "L2.position"
    /// A live list has EXT-X-MEDIA-SEQUENCE (6.2.2).
    case mediaSequence = "L2.media-sequence"
    /// A list without EXT-X-ENDLIST has no EXT-X-PLAYLIST-TYPE:VOD; a VOD list ends (4.3.3.5).
    case playlistType = "L5.type"
    /// No segment stands twice in one list.
    case repeatedMedia = "L1.repeated-media"
    /// A newer version only appends, and removes from the head (6.2.1).
    case edited = "L1.edited"
    /// Sequence numbers never go back and count what was removed (6.2.2).
    case sequenceWentBack = "L2.went-back"
    /// Each removed EXT-X-DISCONTINUITY counts one (6.2.2).
    case discontinuityCount = "L2.discontinuity-count"
    /// The target duration never changes (4.3.3.1).
    case changedTarget = "H2.changed-target"
    /// Nothing is removed if less than three target durations stay (6.2.2).
    case shrunk = "L3.shrunk"
    /// A new segment comes within 1.5 target durations (6.2.2).
    case stale = "L3.stale"
    /// After EXT-X-ENDLIST nothing changes (6.2.1).
    case changedAfterEnd = "L5.changed"
    /// EXT-X-STREAM-INF has BANDWIDTH and a URI (4.3.4.2).
    case streamInformation = "L6.stream-inf"
    /// A variant names its codecs, size and average rate (Apple 9).
    case variantDetails = "L6.details"

    /// Whether the text says SHOULD; all others are MUST, or this project's own.
    package var isAdvice: Bool {
        switch self {
        case .versionTooHigh, .undatedDiscontinuity, .variantDetails, .durationAccuracy: true
        default: false
        }
    }
}
