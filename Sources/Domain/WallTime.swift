/// A moment in UTC, in whole microseconds since 1970-01-01T00:00:00Z (negative before).
///
/// JSON form: RFC 3339 with `Z`, with microseconds where there are any, but for encoders with
/// `inMilliseconds`. SQL form: `timestamptz` by microseconds.
package struct WallTime: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    package var microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package init(seconds: Int64) {
        microseconds = seconds &* 1_000_000
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = WallTime(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "expected an RFC 3339 time such as 2026-01-31T09:30:00Z"
            )
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        let isShort = Self.inMilliseconds.map { encoder.userInfo[$0] != nil } ?? false
        try container.encode(isShort ? description : exactDescription)
    }

    /// In an encoder's `userInfo`, with any value: moments are shown to the millisecond.
    package static let inMilliseconds = CodingUserInfoKey(rawValue: "WallTime.inMilliseconds")

    /// RFC 3339 with as many digits as needed: microseconds where there are any.
    package var exactDescription: String {
        let rest = microseconds % 1_000
        guard rest != 0 else { return description }
        return description.dropLast() + padded(rest < 0 ? rest + 1_000 : rest, 3) + "Z"
    }

    package var seconds: Double {
        Double(microseconds) / 1_000_000
    }

    /// RFC 3339 in UTC with milliseconds, rounded down: `2026-01-31T09:30:00.250Z`.
    package var description: String {
        let day = microseconds.flooredQuotient(by: 86_400_000_000)
        let date = CivilDate(daysSinceEpoch: day)
        let milliseconds = (microseconds &- day &* 86_400_000_000) / 1_000
        let second = milliseconds / 1_000
        return "\(date)T\(padded(second / 3_600, 2)):\(padded(second / 60 % 60, 2)):"
            + "\(padded(second % 60, 2)).\(padded(milliseconds % 1_000, 3))Z"
    }

    /// The UTC day this moment lies in.
    package var day: CivilDate {
        CivilDate(daysSinceEpoch: microseconds.flooredQuotient(by: 86_400_000_000))
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.microseconds < right.microseconds
    }

    package static func + (left: Self, right: MediaTime) -> Self {
        WallTime(microseconds: left.microseconds &+ right.microseconds)
    }

    package static func - (left: Self, right: MediaTime) -> Self {
        WallTime(microseconds: left.microseconds &- right.microseconds)
    }

    /// The span between two moments, on the media clock's scale.
    package static func - (left: Self, right: Self) -> MediaTime {
        let span = left.microseconds &- right.microseconds
        let (quotient, remainder) = span.quotientAndRemainder(dividingBy: 100)
        return MediaTime(ticks: quotient &* 9 &+ (remainder &* 9) / 100)
    }

    /// This moment moved by whole milliseconds.
    package func adding(milliseconds: Int64) -> WallTime {
        WallTime(microseconds: microseconds &+ milliseconds &* 1_000)
    }
}

extension WallTime {
    /// Reads RFC 3339 with a zone (`Z` or `+hh:mm`); digits after the microsecond are dropped.
    /// Nil for any other form, for a date that does not exist and for a year outside 1..9999.
    package init?(rfc3339 text: String) {
        var reader = DigitReader(text)
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2),
            reader.skip("-"), let dayOfMonth = reader.number(2),
            reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2),
            reader.skip(":"), let second = reader.number(2),
            let fraction = reader.fraction(), let offset = reader.zone(), reader.isAtEnd,
            let date = CivilDate(year: year, month: month, day: dayOfMonth),
            hour < 24, minute < 60, second < 61
        else { return nil }
        let clock = hour &* 3_600 &+ minute &* 60 &+ second &- offset
        let total = date.daysSinceEpoch &* 86_400 &+ clock
        microseconds = total &* 1_000_000 &+ fraction
    }
}

/// Reads the fixed-width fields of RFC 3339, byte by byte.
private struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = text[...].utf8
    }

    var isAtEnd: Bool {
        rest.isEmpty
    }

    mutating func skip(_ character: Character) -> Bool {
        guard let first = rest.first, first == character.asciiValue else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(_ count: Int) -> Int64? {
        guard rest.count >= count else { return nil }
        var value: Int64 = 0
        for byte in rest.prefix(count) {
            guard byte >= 48, byte <= 57 else { return nil }
            value = value &* 10 &+ Int64(byte &- 48)
        }
        rest.removeFirst(count)
        return value
    }

    /// Microseconds of an optional fraction of 1 to 9 digits.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        var value: Int64 = 0
        var scale: Int64 = 100_000
        var count = 0
        while let byte = rest.first, byte >= 48, byte <= 57 {
            count += 1
            guard count <= 9 else { return nil }
            value += Int64(byte &- 48) &* scale
            scale /= 10
            rest.removeFirst()
        }
        return count > 0 ? value : nil
    }

    /// Seconds east of UTC.
    mutating func zone() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int64
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hour = number(2), skip(":"), let minute = number(2), hour < 24, minute < 60
        else { return nil }
        return sign &* (hour &* 3_600 &+ minute &* 60)
    }
}

extension Int64 {
    /// Division that rounds towards minus infinity, for days before 1970.
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

/// A decimal number with leading zeros.
func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
