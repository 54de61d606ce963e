import Domain

/// Makes decode times out of presentation times that come in decode order.
///
/// RTP stamps say when a picture is shown (RFC 6184 5.1). With pictures reordered by at most
/// `depth`, the smallest of the last `depth + 1` stamps is a decode time that rises strictly and
/// never lies behind the picture's own stamp; nothing has to be held back for it.
struct DecodeOrder: Sendable {
    let depth: Int
    /// The stamps not yet used as a decode time, rising.
    private var waiting: [Int64]
    private var last: Int64?
    /// Stamps seen lately, to find out how deep the reordering is.
    private var recent: [Int64] = []

    /// Begins with the stamp of the first picture; decode times before it are one usual
    /// `interval` apart.
    init(depth: Int, first: Int64, interval: Int64) {
        self.depth = depth
        waiting = (0..<depth).map { first - Int64(depth - $0) * interval }
    }

    /// The decode time of the next picture.
    mutating func decodeTime(of stamp: Int64) -> Int64 {
        let place = waiting.firstIndex { $0 > stamp } ?? waiting.endIndex
        waiting.insert(stamp, at: place)
        let smallest = waiting.removeFirst()
        let time = last.map { max($0 + 1, smallest) } ?? smallest
        last = time
        recent.append(stamp)
        if recent.count > TimeLimits.reorderDepth + 1 {
            recent.removeFirst()
        }
        return time
    }

    /// How many of the pictures sent shortly before the last one are shown after it.
    var depthSeen: Int {
        guard let stamp = recent.last else { return 0 }
        return recent.count { $0 > stamp }
    }

    /// The depth that a sequence of stamps needs.
    static func depth(of stamps: [Int64]) -> Int {
        var order = DecodeOrder(depth: 0, first: 0, interval: 1)
        var depth = 0
        for stamp in stamps {
            _ = order.decodeTime(of: stamp)
            depth = max(depth, order.depthSeen)
        }
        return min(depth, TimeLimits.reorderDepth)
    }
}
