internal import Domain

/// When a session that stands is given up: no pictures come, or none of them can be recorded.
///
/// A value without a clock, kept over all connections of a stream. Only pictures count: a camera
/// whose microphone still speaks while its picture stands is as good as silent.
struct MediaWatch: Sendable {
    /// Why a session is given up.
    enum Verdict: Sendable, Hashable {
        /// Pictures stopped, or never came.
        case silent
        /// Pictures come, but for too long none could be recorded: no key picture among them, or
        /// parameters that no file can hold. A new connection makes most cameras send a key picture.
        case unrecorded
    }

    /// Intervals between key pictures that the expectation is the longest of.
    private static let keyIntervals = 3

    private var connectedAt: MonotonicTime
    private var lastPicture: MonotonicTime?
    private var lastKey: MonotonicTime?
    private var intervals: [Duration] = []
    /// The last moment at which nothing was wrong.
    private var waitsSince: MonotonicTime
    /// Sessions in a row that were given up because nothing could be recorded.
    private var fruitless = 0

    init(at now: MonotonicTime) {
        connectedAt = now
        waitsSince = now
    }

    /// Whether a picture has come on this connection.
    var hasPictures: Bool {
        lastPicture != nil
    }

    /// PLAY was answered.
    mutating func connected(at now: MonotonicTime) {
        connectedAt = now
        waitsSince = now
        lastPicture = nil
        lastKey = nil
    }

    /// A picture came.
    mutating func received(isKey: Bool, at now: MonotonicTime) {
        lastPicture = now
        guard isKey else { return }
        if let lastKey {
            intervals.append(now - lastKey)
            if intervals.count > Self.keyIntervals { intervals.removeFirst() }
        }
        lastKey = now
    }

    /// Pictures went into a chunk.
    mutating func recorded(at now: MonotonicTime) {
        waitsSince = now
        fruitless = 0
    }

    /// Recording pauses for a reason that no connection has a part in.
    mutating func paused(at now: MonotonicTime) {
        waitsSince = now
    }

    /// Whether to give the session up now; it counts as given up then.
    mutating func check(at now: MonotonicTime) -> Verdict? {
        guard let lastPicture else {
            return now - connectedAt >= RecorderLimits.firstUnit ? .silent : nil
        }
        if now - lastPicture >= RecorderLimits.silence { return .silent }
        guard now - waitsSince >= patience else { return nil }
        fruitless += 1
        return .unrecorded
    }

    /// Twice as long after each session that brought nothing, for a camera whose key pictures are
    /// far apart and come when they come, connection or not.
    private var patience: Duration {
        let expected = max(RecorderLimits.unrecorded, (intervals.max() ?? .zero) * 2)
        return min(expected * (1 << min(fruitless, 8)), RecorderLimits.longestUnrecorded)
    }
}
