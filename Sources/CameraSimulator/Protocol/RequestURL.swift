/// The URL of a request as the farm sees it: which camera, which track, what the query asks.
///
/// Query: `fault=NAME[:VALUE][@SECONDS]` as often as wanted, or several with commas; `gop=N` and
/// `gop=none`; `pack=aggregate` (parameter sets and SEI in one packet); `start=any` (does not wait
/// for a key picture).
struct RequestURL: Hashable, Sendable {
    /// Faults of one URL; more is a mistake.
    static let faultsMax = 16

    var camera: Int?
    var track: Int?
    var faults: [TimedFault] = []
    var aggregate = false
    var startsAnywhere = false
    /// Names in the query that mean nothing: answered with 400, so that a typing error is seen.
    var unknown: [String] = []

    init(_ text: String) {
        var rest = text[...]
        if let range = rest.lastRange(of: "/trackID=") {
            track = Int(rest[range.upperBound...])
            rest = rest[..<range.lowerBound]
        }
        if let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...]
            rest = rest.firstIndex(of: "/").map { rest[$0...] } ?? ""
        }
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts.first.map { $0.split(separator: "/") } ?? []
        if path.count == 1, path[0].hasPrefix("cam") {
            camera = Int(path[0].dropFirst(3))
        }
        guard parts.count > 1 else { return }
        // A player that joins the base URL and a control attribute may leave a slash at the end.
        var query = parts[1]
        if query.hasSuffix("/") { query = query.dropLast() }
        for item in query.split(separator: "&") { read(item) }
    }

    private mutating func read(_ item: Substring) {
        let pair = item.split(separator: "=", maxSplits: 1).map(String.init)
        let value = pair.count > 1 ? pair[1] : ""
        switch pair.first {
        case "fault":
            for text in value.split(separator: ",") {
                guard let fault = TimedFault(text), faults.count < Self.faultsMax else {
                    unknown.append(String(text))
                    continue
                }
                faults.append(fault)
            }
        case "gop":
            guard let fault = TimedFault("gop:" + value) else { return unknown.append("gop") }
            faults.append(fault)
        case "pack" where value == "aggregate": aggregate = true
        case "start" where value == "any": startsAnywhere = true
        default: unknown.append(pair.first ?? "")
        }
    }
}

extension Substring {
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        indices.first { self[$0...].hasPrefix(text) }
            .map { $0..<index($0, offsetBy: text.count) }
    }

    fileprivate func lastRange(of text: String) -> Range<Index>? {
        indices.last { self[$0...].hasPrefix(text) }
            .map { $0..<index($0, offsetBy: text.count) }
    }
}
