/// Lengths of time as settings write them: a whole number and a unit, `90s`, `15m`, `24h`, `7d`.
package enum DurationText {
    private static let units: [(letter: Character, seconds: Int64)] = [
        ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1),
    ]
    /// Digits that are read: 31 years in seconds.
    private static let digitLimit = 9

    /// Seconds; nil for anything else than digits and one unit.
    package static func seconds(_ text: String) -> Int64? {
        guard let unit = units.first(where: { $0.letter == text.last }) else { return nil }
        let digits = text.dropLast()
        guard 1...digitLimit ~= digits.count, digits.utf8.allSatisfy({ 48...57 ~= $0 }),
            let number = Int64(digits)
        else { return nil }
        return number * unit.seconds
    }

    /// The same with the largest unit that divides it.
    package static func text(_ seconds: Int64) -> String {
        let unit = units.first { seconds >= $0.seconds && seconds % $0.seconds == 0 }
        return unit.map { "\(seconds / $0.seconds)\($0.letter)" } ?? "\(seconds)s"
    }
}

extension SettingsReader {
    /// A length of time within a range, in seconds, or the default.
    package mutating func duration(
        _ name: String,
        _ range: ClosedRange<Int64>,
        default fallback: Int64
    ) -> Int64 {
        guard let text = text(name) else { return fallback }
        guard let seconds = DurationText.seconds(text), range.contains(seconds) else {
            report(
                name,
                "must be a whole number with s, m, h or d, from "
                    + "\(DurationText.text(range.lowerBound)) to "
                    + DurationText.text(range.upperBound),
                DurationText.text(fallback)
            )
            return fallback
        }
        return seconds
    }
}
