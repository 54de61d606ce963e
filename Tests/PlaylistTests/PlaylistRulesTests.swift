import Playlist
import Testing

/// Each rule is broken once on purpose, in a playlist that breaks no other MUST.
@Suite struct PlaylistRulesTests {
    private static let live = """
        #EXTM3U
        #EXT-X-VERSION:6
        #EXT-X-TARGETDURATION:6
        #EXT-X-MEDIA-SEQUENCE:7
        #EXT-X-DISCONTINUITY-SEQUENCE:2
        #EXT-X-MAP:URI="i1.mp4"
        #EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:00.000Z
        #EXTINF:6.000000,
        a.m4s
        #EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:06.000Z
        #EXT-X-GAP
        #EXTINF:6.000000,
        gap.m4s
        #EXT-X-DISCONTINUITY
        #EXT-X-MAP:URI="i2.mp4"
        #EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:12.000Z
        #EXTINF:6.000000,
        b.m4s

        """
    private static let vod = """
        #EXTM3U
        #EXT-X-VERSION:6
        #EXT-X-TARGETDURATION:6
        #EXT-X-PLAYLIST-TYPE:VOD
        #EXT-X-INDEPENDENT-SEGMENTS
        #EXT-X-MAP:URI="c.mp4",BYTERANGE="900@0"
        #EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:00.000Z
        #EXTINF:4.000000,
        #EXT-X-BYTERANGE:100@900
        c.mp4
        #EXTINF:4.000000,
        #EXT-X-BYTERANGE:100
        c.mp4
        #EXT-X-ENDLIST

        """
    private static let multivariant = """
        #EXTM3U
        #EXT-X-STREAM-INF:BANDWIDTH=2000000,AVERAGE-BANDWIDTH=1800000,\
        CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1920x1080,FRAME-RATE=20.000
        live.m3u8

        """

    private static func replaced(_ text: String, _ old: String, _ new: String) -> String {
        guard let range = text.firstRange(of: old) else {
            Issue.record("\(old) is not in the example")
            return text
        }
        return text.replacingCharacters(in: range, with: new)
    }

    private static let date = "#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:12.000Z\n"

    static let planted: [(PlaylistRule, String)] = [
        (.header, replaced(live, "#EXTM3U\n", "")),
        (.header, "\u{FEFF}" + live), (.header, replaced(live, "a.m4s", "a\u{7}.m4s")),
        (.syntax, replaced(live, ":7", ":-7")), (.syntax, replaced(live, "6.000000,", "six,")),
        (.syntax, replaced(live, "URI=\"i2.mp4\"", "URI=\"i2.mp4")),
        (.syntax, replaced(live, "a.m4s", "a b.m4s")),
        (
            .repeatedTag,
            replaced(live, "#EXT-X-VERSION:6\n", "#EXT-X-VERSION:6\n#EXT-X-VERSION:6\n")
        ),
        (
            .mixedTags,
            live + multivariant.split(separator: "\n").dropFirst().joined(separator: "\n")
        ),
        (.versionTooLow, replaced(live, "VERSION:6", "VERSION:5")),
        (.versionTooHigh, replaced(live, "VERSION:6", "VERSION:7")),
        (.targetDuration, replaced(live, "#EXT-X-TARGETDURATION:6\n", "")),
        (.targetDuration, replaced(vod, "TARGETDURATION:6", "TARGETDURATION:0")),
        (.tooLong, replaced(live, "6.000000,\nb", "6.500000,\nb")),
        (.segmentWithoutDuration, replaced(live, "#EXTINF:6.000000,\na", "a")),
        (.segmentWithoutDuration, live + "#EXTINF:6.000000,\n"),
        (.durationAccuracy, replaced(live, "6.000000,\nb", "6.0,\nb")),
        (.missingMap, replaced(live, "#EXT-X-MAP:URI=\"i1.mp4\"\n", "")),
        (
            .unmarkedChange,
            replaced(
                vod,
                "#EXTINF:4.000000,\n#EXT-X-BYTERANGE:100\n",
                "#EXT-X-MAP:URI=\"d.mp4\"\n#EXTINF:4.000000,\n#EXT-X-BYTERANGE:100\n"
            )
        ),
        (
            .unmarkedJump,
            replaced(
                vod,
                "#EXTINF:4.000000,\n#EXT-X-BYTERANGE:100\n",
                "#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:05.000Z\n#EXTINF:4.0000,\n"
                    + "#EXT-X-BYTERANGE:100\n"
            )
        ),
        (
            .unmarkedResume,
            replaced(
                replaced(live, "#EXT-X-DISCONTINUITY\n", ""),
                "#EXT-X-MAP:URI=\"i2.mp4\"\n",
                ""
            )
        ),
        (.discontinuitySequence, replaced(live, "#EXT-X-DISCONTINUITY-SEQUENCE:2\n", "")),
        (
            .independentLive,
            replaced(live, "#EXT-X-MEDIA", "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MEDIA")
        ),
        (.dateFormat, replaced(live, "09:00:12.000Z", "09:00:12Z")),
        (.dateFormat, replaced(live, "09:00:12.000Z", "09:00:12.000")),
        (.missingDate, replaced(vod, "#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:00.000Z\n", "")),
        (.undatedDiscontinuity, replaced(live, date, "")),
        (.ambiguousDate, replaced(live, "09:00:12.000Z", "09:00:10.900Z")),
        (.byteRange, replaced(vod, "100@900", "100")),
        (.byteRange, replaced(vod, "900@0", "900")),
        (
            .sequencePosition,
            replaced(
                replaced(live, "#EXT-X-MEDIA-SEQUENCE:7\n", ""),
                "a.m4s\n",
                "a.m4s\n#EXT-X-MEDIA-SEQUENCE:7\n"
            )
        ),
        (.mediaSequence, replaced(live, "#EXT-X-MEDIA-SEQUENCE:7\n", "")),
        (.playlistType, replaced(vod, "#EXT-X-PLAYLIST-TYPE:VOD\n", "")),
        (.playlistType, replaced(live, "#EXT-X-MEDIA", "#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-MEDIA")),
        (.repeatedMedia, replaced(live, "b.m4s", "a.m4s")),
        (.streamInformation, replaced(multivariant, "BANDWIDTH=2000000,", "")),
        (.streamInformation, replaced(multivariant, "live.m3u8\n", "")),
        (.variantDetails, replaced(multivariant, ",FRAME-RATE=20.000", "")),
        (.variantDetails, replaced(multivariant, "=1800000", "=2800000")),
    ]

    @Test func `good playlists break nothing`() {
        for text in [Self.live, Self.vod, Self.multivariant] {
            #expect(PlaylistRules.check(text).isEmpty)
        }
        #expect(PlaylistRules.checkUpdate(from: Self.live, to: Self.live).isEmpty)
    }

    @Test(arguments: planted)
    func `a planted violation is found, with its line`(rule: PlaylistRule, text: String) {
        let found = PlaylistRules.check(text)
        #expect(found.contains { $0.rule == rule }, "\(rule): \(found)")
        let count = text.split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(found.allSatisfy { (0...count).contains($0.line) && !"\($0)".isEmpty })
    }

    /// The next version of `live`: the head is gone, one segment is new.
    private static let next =
        replaced(
            replaced(live, "SEQUENCE:7", "SEQUENCE:8"),
            "#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:00.000Z\n#EXTINF:6.000000,\na.m4s\n",
            ""
        )
        + "#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:18.000Z\n#EXTINF:6.000000,\nc.m4s\n"
    private static let later = replaced(
        replaced(
            replaced(next, "SEQUENCE:8", "SEQUENCE:10"),
            "#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:06.000Z\n#EXT-X-GAP\n#EXTINF:6.000000,\n"
                + "gap.m4s\n",
            ""
        ),
        "#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"i2.mp4\"\n" + date + "#EXTINF:6.000000,\nb.m4s\n",
        "#EXT-X-MAP:URI=\"i2.mp4\"\n"
    )

    static let plantedUpdates: [(PlaylistRule, String, String, Duration?)] = [
        (.edited, live, replaced(live, "b.m4s", "x.m4s"), nil),
        (.edited, live, replaced(live, "6.000000,\nb", "6.000001,\nb"), nil),
        (.edited, live, replaced(live, "#EXT-X-GAP\n", ""), nil),
        (.sequenceWentBack, next, live, nil),
        (.sequenceWentBack, live, replaced(live, "SEQUENCE:2", "SEQUENCE:1"), nil),
        (.discontinuityCount, live, replaced(next, "SEQUENCE:2", "SEQUENCE:3"), nil),
        (.discontinuityCount, next, later, nil),
        (.changedTarget, live, replaced(live, "TARGETDURATION:6", "TARGETDURATION:7"), nil),
        (.shrunk, next, later, nil),
        (.stale, live, live, .seconds(10)),
        (.changedAfterEnd, vod, replaced(vod, "100@900", "101@900"), nil),
    ]

    @Test(arguments: plantedUpdates)
    func `a planted step is found`(
        rule: PlaylistRule,
        old: String,
        new: String,
        elapsed: Duration?
    ) {
        let found = PlaylistRules.checkUpdate(from: old, to: new, elapsed: elapsed)
        #expect(found.contains { $0.rule == rule }, "\(rule): \(found)")
    }

    @Test func `good steps break nothing`() {
        #expect(PlaylistRules.checkUpdate(from: Self.live, to: Self.next).isEmpty)
        #expect(
            PlaylistRules.checkUpdate(from: Self.live, to: Self.live, elapsed: .seconds(8)).isEmpty
        )
        #expect(PlaylistRules.checkUpdate(from: Self.vod, to: Self.vod).isEmpty)
        // After a restart the numbers may jump.
        let restarted = Self.replaced(
            Self.replaced(Self.live, "SEQUENCE:7", "SEQUENCE:1001"),
            "SEQUENCE:2",
            "SEQUENCE:1001"
        )
        #expect(PlaylistRules.checkUpdate(from: Self.live, to: restarted).isEmpty)
    }

    @Test func `every rule is planted at least once`() {
        let planted = Set(Self.planted.map(\.0) + Self.plantedUpdates.map(\.0))
        #expect(Set(PlaylistRule.allCases).subtracting(planted).isEmpty)
    }

    @Test func `cut and damaged texts never trap`() {
        for text in [Self.live, Self.vod, Self.multivariant] {
            let bytes = Array(text.utf8)
            for length in 0...bytes.count {
                _ = PlaylistRules.check(String(decoding: bytes[..<length], as: UTF8.self))
            }
            for index in bytes.indices {
                var changed = bytes
                changed[index] ^= 0x15
                let other = String(decoding: changed, as: UTF8.self)
                _ = PlaylistRules.check(other)
                _ = PlaylistRules.checkUpdate(from: text, to: other)
            }
        }
    }
}

extension String {
    /// The text with one range replaced.
    fileprivate func replacingCharacters(in range: Range<Index>, with other: String) -> String {
        self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
