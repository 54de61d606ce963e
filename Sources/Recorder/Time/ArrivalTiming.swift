import Domain

/// Times for pictures whose stamps are unusable: by arrival, with the jitter smoothed away.
struct ArrivalTiming: Sendable {
    /// An eighth of the distance to the arrival is made up at each picture.
    private static let smoothing: Int64 = 8

    private let floor: Int64
    /// The last stamp, unwrapped.
    private(set) var raw: Int64
    private var lastArrival: Int64
    /// Where the present series of steady stamps began.
    private var steadyRaw: Int64
    private var steadySince: Int64

    init(floor: Int64, raw: Int64, arrival: Int64) {
        self.floor = floor
        self.raw = raw
        lastArrival = arrival
        steadyRaw = raw
        steadySince = arrival
    }

    /// The time of a picture that arrives now.
    func media(at arrival: Int64, after last: Int64, interval: Int64) -> Int64 {
        let target = arrival - floor
        let expected = last + interval
        let error = target - expected
        let time =
            error.magnitude > UInt64(TimeLimits.aheadOfRealTime.ticks)
            ? target : expected + error / Self.smoothing
        return max(last + 1, time)
    }

    /// Watches the stamps, so that it is seen when they are steady.
    mutating func note(_ stamp: UInt32, at arrival: Int64) {
        let before = raw
        raw = RTPStamp.extended(stamp, near: raw)
        let step = raw &- before
        let passed = arrival - lastArrival
        lastArrival = arrival
        let skew = (raw &- steadyRaw) &- (arrival - steadySince)
        let limit = TimeLimits.aheadOfRealTime.ticks
        let isSteady =
            step > -TimeLimits.reorderSpan.ticks && step != 0 && step <= passed + limit
            && skew.magnitude <= UInt64(limit)
        if !isSteady {
            steadyRaw = raw
            steadySince = arrival
        }
    }

    func isSteady(at arrival: Int64) -> Bool {
        arrival - steadySince >= TimeLimits.steadyTime.ticks
    }
}
