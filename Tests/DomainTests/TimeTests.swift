import Domain
import FoundationEssentials
import Testing

@Suite struct TimeTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00.000Z", 0), ("1969-12-31T23:59:59.999Z", -1_000),
        ("2000-02-29T12:00:00.500Z", 951_825_600_500_000),
        ("2026-11-25T05:06:45.445Z", 1_795_583_205_445_000),
    ])
    func `a moment prints and reads as RFC 3339`(_ text: String, _ microseconds: Int64) {
        #expect(WallTime(microseconds: microseconds).description == text)
        #expect(WallTime(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2026-11-25", "2026-11-25T05:06:45", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-11-25T24:00:00Z", "2026-11-25T05:06:45.Z", "2026-11-25T05:06:45.1234567890Z",
        "2026-11-25T05:06:45Z ", "+026-11-25T05:06:45Z", "0000-01-01T00:00:00Z",
    ])
    func `text that is no moment is refused`(_ text: String) {
        #expect(WallTime(rfc3339: text) == nil)
    }

    @Test func `an offset moves the moment`() {
        #expect(
            WallTime(rfc3339: "2026-01-01T01:30:00+01:30")
                == WallTime(rfc3339: "2026-01-01T00:00:00Z")
        )
    }

    @Test func `every day from 1600 to 2400 comes back from its components`() {
        for day in stride(from: Int64(-135_140), through: 157_054, by: 1) {
            let date = CivilDate(daysSinceEpoch: day)
            let (year, month, dayOfMonth) = date.components
            #expect(CivilDate(year: year, month: month, day: dayOfMonth) == date)
        }
    }

    @Test func `media time and wall time convert without drift`() {
        for ticks in stride(from: Int64(-900_000), through: 900_000, by: 7) {
            let span = MediaTime(ticks: ticks)
            let exact = Double(ticks) / 0.09
            #expect(abs(Double(span.microseconds) - exact) <= 0.5)
        }
        let start = WallTime(seconds: 1_000)
        #expect((start + MediaTime(ticks: 90_000)) - start == MediaTime(ticks: 90_000))
    }
}

extension TimeTests {
    @Test func `JSON keeps every microsecond`() throws {
        for microseconds in [Int64(0), 1, 999, 1_000, 1_795_583_205_445_123, -1] {
            let data = try JSONEncoder().encode([WallTime(microseconds: microseconds)])
            let back = try JSONDecoder().decode([WallTime].self, from: data)
            #expect(back == [WallTime(microseconds: microseconds)])
        }
    }

    @Test func `JSON of an answer has milliseconds, rounded down`() throws {
        let encoder = JSONEncoder()
        encoder.userInfo[try #require(WallTime.inMilliseconds)] = true
        for (microseconds, text) in [
            (Int64(0), "1970-01-01T00:00:00.000Z"), (999, "1970-01-01T00:00:00.000Z"),
            (1_001_999, "1970-01-01T00:00:01.001Z"), (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            let data = try encoder.encode([WallTime(microseconds: microseconds)])
            #expect(String(decoding: data, as: UTF8.self) == #"["\#(text)"]"#)
        }
    }
}
