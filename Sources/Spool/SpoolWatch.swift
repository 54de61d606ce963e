package import Domain

/// How full the spool is, whether that is a reason to warn, and when it will be full. A value: the
/// clock is handed in.
package struct SpoolWatch: Hashable, Sendable {
    /// Percent of the capacity from which on a warning stands: what is left is time to act.
    package static let warningPercent = 80
    /// Percent below which it ends: lower, so that it does not come and go with every chunk.
    package static let calmPercent = 70
    /// Samples that the fill rate is judged by. Beyond it the oldest goes.
    package static let sampleLimit = 60
    /// Between two samples: 60 of them are five minutes, which evens out chunks of a minute.
    package static let sampleInterval = Duration.seconds(5)
    /// Shorter than this is no trend.
    package static let sampleSpan = Duration.seconds(30)
    /// What is further away than 30 days is not forecast.
    package static let horizon = Duration.seconds(30 * 86_400)

    private struct Sample: Hashable, Sendable {
        var at: MonotonicTime
        var held: Int
    }

    private var samples: [Sample] = []
    /// Whether a warning stands.
    package private(set) var isFilling = false

    package init() {}

    /// Takes one look at the spool.
    /// - Parameters:
    ///   - held: Bytes that only the spool has.
    ///   - capacity: The most that these can be.
    ///   - now: Not before the look before.
    package mutating func observe(held: Int, capacity: Int, at now: MonotonicTime) {
        let level = Double(held) / Double(max(1, capacity)) * 100
        if level >= Double(Self.warningPercent) {
            // An empty spool on a full disk loses nothing yet.
            isFilling = held > 0
        } else if level < Double(Self.calmPercent) {
            isFilling = false
        }
        if let last = samples.last, now - last.at < Self.sampleInterval { return }
        samples.append(Sample(at: now, held: held))
        if samples.count > Self.sampleLimit { samples.removeFirst() }
    }

    /// How long it takes until the spool is full at the rate of the last minutes: `zero` if it is;
    /// nil while it does not fill, too little is known, or it is beyond `horizon`.
    ///
    /// The rate is the slope of the line with the least squares through the samples.
    package func timeToFull(held: Int, capacity: Int) -> Duration? {
        if held >= capacity, held > 0 { return .zero }
        guard let first = samples.first, let last = samples.last,
            last.at - first.at >= Self.sampleSpan
        else { return nil }
        let times = samples.map { Self.seconds($0.at - first.at) }
        let count = Double(samples.count)
        let meanTime = times.reduce(0, +) / count
        let meanHeld = samples.reduce(0) { $0 + Double($1.held) } / count
        var (product, square) = (0.0, 0.0)
        for (time, sample) in zip(times, samples) {
            product += (time - meanTime) * (Double(sample.held) - meanHeld)
            square += (time - meanTime) * (time - meanTime)
        }
        guard square > 0, product > 0 else { return nil }
        let left = Double(capacity - held) / (product / square)
        guard left <= Self.seconds(Self.horizon) else { return nil }
        return .milliseconds(Int64(left * 1_000))
    }

    private static func seconds(_ span: Duration) -> Double {
        let (seconds, attoseconds) = span.components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
