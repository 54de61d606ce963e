import Domain

/// The usual time between two pictures, from the last few; a pause among them does not count.
struct PictureInterval: Sendable {
    /// Enough to average over a group of reordered pictures.
    private static let pictures = 16
    private var advances: [Int64] = []
    private var next = 0
    /// Ticks, above zero. Kept, because it is asked for several times a picture.
    private(set) var ticks = TimeLimits.assumedPicture.ticks

    /// How much further the newest picture reaches than all before it; 0 for one shown earlier.
    mutating func note(_ advance: Int64) {
        if advances.count < Self.pictures {
            advances.append(advance)
        } else {
            let oldest = advances[next]
            advances[next] = advance
            next = (next + 1) % Self.pictures
            // A camera that keeps time changes nothing.
            if oldest == advance { return }
        }
        ticks = usual()
    }

    private func usual() -> Int64 {
        let sorted = advances.sorted()
        let rising = sorted.drop { $0 <= 0 }
        guard !rising.isEmpty else { return TimeLimits.assumedPicture.ticks }
        let median = rising[rising.startIndex + rising.count / 2]
        let usual = sorted.prefix { $0 <= 4 * median }
        return max(1, usual.reduce(0, +) / Int64(usual.count))
    }
}
