internal import Domain

/// A playlist's text as values, with the violations of form that reading it showed.
struct ParsedPlaylist: Sendable {
    struct Variant: Sendable {
        var line: Int
        var attributes: AttributeList
        var uri: String?
    }

    private(set) var violations: [RuleViolation] = []
    private(set) var segments: [ParsedSegment] = []
    private(set) var variants: [Variant] = []
    private(set) var version: Int?
    private(set) var versionLine = 0
    private(set) var targetDuration: Int?
    private(set) var mediaSequence: Int?
    private(set) var discontinuitySequence: Int?
    private(set) var type: String?
    private(set) var isEnded = false
    private(set) var isIndependent = false
    private(set) var hasByteRange = false
    private(set) var hasFraction = false
    private(set) var hasMap = false
    private(set) var isMultivariant = false
    private var isMedia = false
    private var seen: Set<String> = []
    private var pending = ParsedSegment()
    private var map: ParsedSegment.Map?
    private var hadDiscontinuity = false

    init(_ text: String) {
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        if lines.first != "#EXTM3U" { fail(.header, 1, "the first line is not #EXTM3U") }
        for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            read(line, index + 1)
        }
        if pending.hasTags {
            fail(.segmentWithoutDuration, lines.count, "tags of a segment without its URI")
        }
        if let variant = variants.last, variant.uri == nil {
            fail(.streamInformation, variant.line, "EXT-X-STREAM-INF without a URI")
        }
        if isMedia, isMultivariant { fail(.mixedTags, 0, "media and multivariant tags") }
    }

    private mutating func fail(_ rule: PlaylistRule, _ line: Int, _ message: String) {
        violations.append(RuleViolation(rule, line: line, message))
    }

    private mutating func read(_ line: Substring, _ number: Int) {
        if line.utf8.contains(where: { $0 < 32 || $0 == 127 }) || line.hasPrefix("\u{FEFF}") {
            fail(.header, number, "control character or byte order mark")
        }
        guard line.hasPrefix("#") else { return readURI(line, number) }
        guard line.hasPrefix("#EXT") else { return }
        let colon = line.firstIndex(of: ":")
        let name = String(line[..<(colon ?? line.endIndex)].dropFirst())
        let value = colon.map { line[line.index(after: $0)...] } ?? ""
        if Self.onceOnly.contains(name), !seen.insert(name).inserted {
            fail(.repeatedTag, number, "\(name) stands twice")
        }
        if Self.mediaTags.contains(name) { isMedia = true }
        switch name {
        case "EXTM3U": fail(.repeatedTag, number, "EXTM3U stands twice")
        case "EXT-X-VERSION":
            version = whole(value, number)
            versionLine = number
        case "EXT-X-TARGETDURATION": targetDuration = whole(value, number)
        case "EXT-X-MEDIA-SEQUENCE":
            mediaSequence = whole(value, number)
            if !segments.isEmpty { fail(.sequencePosition, number, "\(name) after a segment") }
        case "EXT-X-DISCONTINUITY-SEQUENCE":
            discontinuitySequence = whole(value, number)
            if !segments.isEmpty || hadDiscontinuity {
                fail(.sequencePosition, number, "\(name) after a segment or discontinuity")
            }
        case "EXT-X-PLAYLIST-TYPE": type = String(value)
        case "EXT-X-ENDLIST": isEnded = true
        case "EXT-X-INDEPENDENT-SEGMENTS": isIndependent = true
        case "EXT-X-STREAM-INF": readVariant(value, number)
        default: readSegmentTag(name, value, number)
        }
    }

    private mutating func readSegmentTag(_ name: String, _ value: Substring, _ number: Int) {
        switch name {
        case "EXTINF": readDuration(value, number)
        case "EXT-X-DISCONTINUITY":
            pending.isDiscontinuity = true
            hadDiscontinuity = true
        case "EXT-X-GAP": pending.isGap = true
        case "EXT-X-PROGRAM-DATE-TIME": readDate(value, number)
        case "EXT-X-BYTERANGE":
            hasByteRange = true
            pending.byteRange = range(value, number)
        case "EXT-X-MAP": return readMap(value, number)
        default: return
        }
        pending.hasTags = true
    }

    private mutating func readURI(_ line: Substring, _ number: Int) {
        if line.utf8.contains(32) { fail(.syntax, number, "a URI with a space") }
        if let last = variants.indices.last, variants[last].uri == nil {
            variants[last].uri = String(line)
            return
        }
        isMedia = true
        if pending.seconds == nil { fail(.segmentWithoutDuration, number, "no EXTINF") }
        pending.line = number
        pending.uri = String(line)
        pending.map = map
        segments.append(pending)
        pending = ParsedSegment()
    }

    private mutating func readVariant(_ value: Substring, _ number: Int) {
        isMultivariant = true
        if let variant = variants.last, variant.uri == nil {
            fail(.streamInformation, variant.line, "EXT-X-STREAM-INF without a URI")
        }
        guard let attributes = AttributeList(value) else {
            return fail(.syntax, number, "malformed attribute list")
        }
        variants.append(Variant(line: number, attributes: attributes, uri: nil))
    }

    private mutating func readDuration(_ value: Substring, _ number: Int) {
        guard pending.seconds == nil else {
            return fail(.segmentWithoutDuration, number, "two EXTINF for one URI")
        }
        guard let comma = value.firstIndex(of: ",") else {
            return fail(.syntax, number, "EXTINF without a comma")
        }
        let text = value[..<comma]
        let isPlain = text.utf8.allSatisfy { 48...57 ~= $0 || $0 == 46 }
        guard isPlain, let seconds = Double(text), seconds > 0 else {
            return fail(.syntax, number, "EXTINF is not a positive number")
        }
        pending.seconds = seconds
        if let point = text.firstIndex(of: ".") {
            hasFraction = true
            pending.decimals = text[point...].utf8.count - 1
        }
    }

    private mutating func readDate(_ value: Substring, _ number: Int) {
        if pending.date != nil { fail(.repeatedTag, number, "two dates for one URI") }
        let fraction = value.split(separator: ".").dropFirst().first ?? ""
        guard let date = WallTime(rfc3339: String(value)),
            fraction.utf8.prefix(while: { 48...57 ~= $0 }).count >= 3
        else { return fail(.dateFormat, number, "not RFC 3339 with milliseconds and zone") }
        pending.date = date
    }

    private mutating func readMap(_ value: Substring, _ number: Int) {
        hasMap = true
        guard let attributes = AttributeList(value), let uri = attributes["URI"] else {
            return fail(.syntax, number, "EXT-X-MAP without a URI")
        }
        let text = attributes["BYTERANGE"]
        if let text, !text.contains("@") { fail(.byteRange, number, "EXT-X-MAP without an offset") }
        if let text { _ = range(text[...], number) }
        map = ParsedSegment.Map(uri: uri, byteRange: text)
    }

    /// `n[@o]`; without offset the range follows the one before.
    private mutating func range(_ value: Substring, _ number: Int) -> Range<Int>? {
        let parts = value.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2, let length = Int(parts[0]), length > 0 else {
            fail(.syntax, number, "a byte range is n[@o]")
            return nil
        }
        if parts.count == 1 {
            guard let last = segments.last, let before = last.byteRange else {
                fail(.byteRange, number, "no offset and no range before it")
                return nil
            }
            pending.hasTags = true
            return before.upperBound..<(before.upperBound + length)
        }
        guard let offset = Int(parts[1]), offset >= 0, offset <= Int.max - length else {
            fail(.syntax, number, "a byte range is n[@o]")
            return nil
        }
        return offset..<(offset + length)
    }

    private mutating func whole(_ value: Substring, _ number: Int) -> Int? {
        guard !value.isEmpty, value.utf8.allSatisfy({ 48...57 ~= $0 }), let result = Int(value)
        else {
            fail(.syntax, number, "not a decimal number")
            return nil
        }
        return result
    }

    private static let onceOnly: Set<String> = [
        "EXT-X-VERSION", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE",
        "EXT-X-DISCONTINUITY-SEQUENCE", "EXT-X-PLAYLIST-TYPE", "EXT-X-ENDLIST",
        "EXT-X-INDEPENDENT-SEGMENTS", "EXT-X-I-FRAMES-ONLY", "EXT-X-START",
    ]

    private static let mediaTags: Set<String> = [
        "EXTINF", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE",
        "EXT-X-PLAYLIST-TYPE", "EXT-X-ENDLIST", "EXT-X-BYTERANGE", "EXT-X-DISCONTINUITY",
        "EXT-X-MAP", "EXT-X-PROGRAM-DATE-TIME", "EXT-X-GAP", "EXT-X-KEY",
    ]
}
