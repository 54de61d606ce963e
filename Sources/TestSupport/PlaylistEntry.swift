package import Domain

/// One segment as a playlist lists it; read by the tests' own few lines, not by the code under test.
package struct PlaylistEntry: Sendable, Hashable {
    package var uri: String
    package var range: Range<Int>?
    package var map: String?
    package var mapRange: Range<Int>?
    package var duration: Double
    package var isGap: Bool
    package var isDiscontinuity: Bool
    package var date: WallTime?

    package static func all(in playlist: String) -> [PlaylistEntry] {
        var entries: [PlaylistEntry] = []
        var next = PlaylistEntry(
            uri: "",
            range: nil,
            map: nil,
            mapRange: nil,
            duration: 0,
            isGap: false,
            isDiscontinuity: false,
            date: nil
        )
        var map: (String?, Range<Int>?) = (nil, nil)
        for line in playlist.split(separator: "\n") {
            if let text = value(line, "#EXTINF:") {
                next.duration = Double(text.prefix { $0 != "," }) ?? 0
            } else if let text = value(line, "#EXT-X-BYTERANGE:") {
                next.range = range(text)
            } else if let text = value(line, "#EXT-X-MAP:") {
                map = (quoted(text, "URI="), quoted(text, "BYTERANGE=").flatMap { range($0[...]) })
            } else if let text = value(line, "#EXT-X-PROGRAM-DATE-TIME:") {
                next.date = WallTime(rfc3339: String(text))
            } else if line == "#EXT-X-GAP" {
                next.isGap = true
            } else if line == "#EXT-X-DISCONTINUITY" {
                next.isDiscontinuity = true
            } else if line.first != "#" {
                next.uri = String(line)
                (next.map, next.mapRange) = map
                entries.append(next)
                next = PlaylistEntry(
                    uri: "",
                    range: nil,
                    map: nil,
                    mapRange: nil,
                    duration: 0,
                    isGap: false,
                    isDiscontinuity: false,
                    date: nil
                )
            }
        }
        return entries
    }

    private static func value(_ line: Substring, _ tag: String) -> Substring? {
        line.hasPrefix(tag) ? line.dropFirst(tag.count) : nil
    }

    private static func quoted(_ text: Substring, _ name: String) -> String? {
        let parts = text.split(separator: name, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        return parts[1].split(separator: "\"").first.map(String.init)
    }

    private static func range(_ text: Substring) -> Range<Int>? {
        let parts = text.split(separator: "@").compactMap { Int($0) }
        return parts.count == 2 ? parts[1]..<(parts[1] + parts[0]) : nil
    }
}
