internal import Domain

/// What is counted of one stream.
struct StreamTally {
    /// Since the last statistics.
    private(set) var pictures = 0
    private(set) var bytes = 0
    private(set) var lastKeyframeAt: WallTime?
    /// Since the start.
    var packetsLost = 0
    /// Units that no file can hold.
    var unitsRefused = 0

    mutating func note(_ unit: MediaUnit, at time: WallTime) {
        bytes += unit.bytes.count
        guard unit.track == .video else { return }
        pictures += 1
        if unit.isKey { lastKeyframeAt = time }
    }

    /// Begins a new interval.
    mutating func restart() {
        pictures = 0
        bytes = 0
    }
}
