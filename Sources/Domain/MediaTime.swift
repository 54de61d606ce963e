/// A point or a length on a run's timeline, in ticks of 1/90,000 s (the RTP clock of video,
/// RFC 3551 section 5). Never a wall clock: `WallTime` is another type so that they cannot mix.
package struct MediaTime: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// Ticks per second.
    package static let ticksPerSecond: Int64 = 90_000
    package static let zero = MediaTime(ticks: 0)

    package var ticks: Int64

    package init(ticks: Int64) {
        self.ticks = ticks
    }

    /// Rounded to the nearest tick. For constants and tests; measured times arrive as ticks.
    package init(seconds: Double) {
        ticks = Int64((seconds * Double(Self.ticksPerSecond)).rounded())
    }

    package init(milliseconds: Int64) {
        ticks = milliseconds * (Self.ticksPerSecond / 1_000)
    }

    package init(from decoder: any Decoder) throws {
        ticks = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(ticks)
    }

    package var seconds: Double {
        Double(ticks) / Double(Self.ticksPerSecond)
    }

    /// Whole microseconds, rounded to nearest, for sums with `WallTime`.
    package var microseconds: Int64 {
        let (quotient, remainder) = ticks.quotientAndRemainder(dividingBy: 9)
        return quotient &* 100 &+ (remainder &* 100 &+ (ticks < 0 ? -4 : 4)) / 9
    }

    package var description: String {
        "\(ticks)/90000"
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.ticks < right.ticks
    }

    package static func + (left: Self, right: Self) -> Self {
        MediaTime(ticks: left.ticks &+ right.ticks)
    }

    package static func - (left: Self, right: Self) -> Self {
        MediaTime(ticks: left.ticks &- right.ticks)
    }

    package static func += (left: inout Self, right: Self) {
        left = left + right
    }
}
