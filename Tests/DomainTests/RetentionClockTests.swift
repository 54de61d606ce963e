import Domain
import Testing

struct RetentionClockTests {
    private static let hour: Int64 = 3_600_000
    private static let start = WallTime(seconds: 1_774_742_400)

    private func after(_ hours: Int64...) -> RetentionClock {
        var clock = RetentionClock(seenAt: Self.start, trustedFrom: Self.start)
        for hour in hours {
            clock = clock.observing(Self.start.adding(milliseconds: hour * Self.hour))
        }
        return clock
    }

    @Test func `hourly looks, five missed ones and steps back are believed`() {
        #expect(after(1, 2, 3).isTrusted)
        #expect(after(6, 12, 18).isTrusted)
        #expect(after(1, -1, -900_000).isTrusted)
    }

    @Test func `after a longer step twelve hours must go by evenly`() {
        #expect(!after(7).isTrusted)
        #expect(!after(7, 13, 18).isTrusted)
        #expect(after(7, 13, 19).isTrusted)
        #expect(after(87_600, 87_606, 87_612).isTrusted)
        // Set right again.
        #expect(after(87_600, 1).isTrusted)
        #expect(after(87_600, 87_606, 3, 4).isTrusted)
    }

    @Test func `a machine that runs eight hours a day is believed on the second`() {
        // 4 h, 8 h; off for 16; then 4 h more.
        #expect(!after(24, 28, 32, 48).isTrusted)
        #expect(!after(24, 28, 32, 48, 51).isTrusted)
        #expect(after(24, 28, 32, 48, 52).isTrusted)
    }

    @Test func `the ends of time trap nothing`() {
        let first = RetentionClock(
            seenAt: WallTime(microseconds: .min),
            trustedFrom: WallTime(microseconds: .max)
        )
        let end = WallTime(microseconds: .max)
        #expect(!first.observing(WallTime(microseconds: 0)).isTrusted)
        #expect(first.observing(end).observing(end).trustedFrom == end)
    }
}
