internal import Domain

/// Checks playlists against the specifications; used by tests on generated and on real output.
package enum PlaylistRules {
    /// Every rule that a playlist's text breaks. Which kind of playlist it is shows in its tags.
    package static func check(_ text: String) -> [RuleViolation] {
        let playlist = ParsedPlaylist(text)
        guard !playlist.isMultivariant else {
            return playlist.violations + multivariant(playlist)
        }
        return playlist.violations + form(playlist) + segments(playlist) + dates(playlist)
    }

    private static func multivariant(_ playlist: ParsedPlaylist) -> [RuleViolation] {
        var found = version(playlist, needed: 1)
        for variant in playlist.variants {
            let attributes = variant.attributes
            let bandwidth = attributes["BANDWIDTH"].flatMap { Int($0) } ?? 0
            if bandwidth <= 0 {
                found.append(
                    RuleViolation(.streamInformation, line: variant.line, "no BANDWIDTH")
                )
            }
            for name in ["CODECS", "RESOLUTION", "AVERAGE-BANDWIDTH", "FRAME-RATE"]
            where (attributes[name] ?? "").isEmpty {
                found.append(RuleViolation(.variantDetails, line: variant.line, "no \(name)"))
            }
            if let average = attributes["AVERAGE-BANDWIDTH"].flatMap({ Int($0) }),
                average > bandwidth
            {
                found.append(
                    RuleViolation(
                        .variantDetails,
                        line: variant.line,
                        "the average is above the peak"
                    )
                )
            }
        }
        return found
    }

    private static func version(_ playlist: ParsedPlaylist, needed: Int) -> [RuleViolation] {
        let version = playlist.version ?? 1
        if version < needed {
            return [
                RuleViolation(
                    .versionTooLow,
                    line: playlist.versionLine,
                    "\(version), needed: \(needed)"
                )
            ]
        }
        if version > needed {
            return [
                RuleViolation(
                    .versionTooHigh,
                    line: playlist.versionLine,
                    "\(version), needed: \(needed)"
                )
            ]
        }
        return []
    }

    private static func form(_ playlist: ParsedPlaylist) -> [RuleViolation] {
        let needed =
            playlist.hasMap ? 6 : playlist.hasByteRange ? 4 : playlist.hasFraction ? 3 : 1
        var found = version(playlist, needed: needed)
        func fail(_ rule: PlaylistRule, _ message: String) {
            found.append(RuleViolation(rule, line: 0, message))
        }
        if (playlist.targetDuration ?? 0) < 1 { fail(.targetDuration, "no EXT-X-TARGETDURATION") }
        if playlist.isEnded {
            if playlist.type != "VOD" { fail(.playlistType, "an ended list is not VOD") }
            return found
        }
        if playlist.type == "VOD" { fail(.playlistType, "VOD without EXT-X-ENDLIST") }
        if playlist.type == "EVENT" { fail(.playlistType, "a sliding list is no EVENT") }
        if playlist.mediaSequence == nil { fail(.mediaSequence, "no EXT-X-MEDIA-SEQUENCE") }
        if playlist.discontinuitySequence == nil {
            fail(.discontinuitySequence, "no EXT-X-DISCONTINUITY-SEQUENCE")
        }
        if playlist.isIndependent { fail(.independentLive, "EXT-X-INDEPENDENT-SEGMENTS in live") }
        return found
    }

    private static func segments(_ playlist: ParsedPlaylist) -> [RuleViolation] {
        var found: [RuleViolation] = []
        var media: Set<String> = []
        var last: ParsedSegment?
        var lastMap: ParsedSegment.Map?
        for segment in playlist.segments {
            func fail(_ rule: PlaylistRule, _ message: String) {
                found.append(RuleViolation(rule, line: segment.line, message))
            }
            if let seconds = segment.seconds, let target = playlist.targetDuration,
                Int(seconds.rounded()) > target
            {
                fail(.tooLong, "\(seconds) s with a target of \(target) s")
            }
            if segment.seconds != nil, segment.decimals < 3 {
                fail(.durationAccuracy, "\(segment.decimals) decimals")
            }
            defer { last = segment }
            guard !segment.isGap else { continue }
            if segment.map == nil { fail(.missingMap, "no EXT-X-MAP") }
            let name = segment.uri + (segment.byteRange.map { " \($0)" } ?? "")
            if !media.insert(name).inserted { fail(.repeatedMedia, "listed twice") }
            if let lastMap, segment.map != lastMap, !segment.isDiscontinuity {
                fail(.unmarkedChange, "EXT-X-MAP changes without EXT-X-DISCONTINUITY")
            }
            lastMap = segment.map
            if last?.isGap == true, !segment.isDiscontinuity {
                fail(.unmarkedResume, "media after a gap without EXT-X-DISCONTINUITY")
            }
        }
        return found
    }

    /// Overlap of dates that is tolerated, seconds (8216bis 4.4.4.6 speaks of sub-second overlap).
    private static let overlapLimit = 1.0
    /// Drift of dates against durations within a timeline, seconds: rounding, and a segment that
    /// was cut to the target.
    private static let driftLimit = 0.5

    private static func dates(_ playlist: ParsedPlaylist) -> [RuleViolation] {
        var found: [RuleViolation] = []
        var end: Double?
        for segment in playlist.segments {
            func fail(_ rule: PlaylistRule, _ message: String) {
                found.append(RuleViolation(rule, line: segment.line, message))
            }
            if let date = segment.date?.seconds {
                if let end, date < end - overlapLimit {
                    fail(.ambiguousDate, "\(end - date) s before the end of what is listed")
                }
                if let end, abs(date - end) > driftLimit, !segment.isDiscontinuity, !segment.isGap {
                    fail(.unmarkedJump, "\(date - end) s off without EXT-X-DISCONTINUITY")
                }
                end = date
            } else if segment.isDiscontinuity {
                fail(.undatedDiscontinuity, "EXT-X-DISCONTINUITY without a date")
            }
            end = end.map { $0 + (segment.seconds ?? 0) }
        }
        if end == nil, !playlist.segments.isEmpty {
            found.append(RuleViolation(.missingDate, line: 0, "no EXT-X-PROGRAM-DATE-TIME"))
        }
        return found
    }
}
