import Domain
import Identity
import Testing

struct LoginThrottleTests {
    @Test func `waits double up to a limit, and end with a right password`() {
        var throttle = LoginThrottle()
        var now: Int64 = 1_800_000_000
        for _ in 0..<LoginThrottle.freeAttempts {
            #expect(throttle.begin("a", now: WallTime(seconds: now)) == nil)
        }
        var waits: [Int64] = []
        for _ in 0..<10 {
            let wait = throttle.begin("a", now: WallTime(seconds: now)) ?? 0
            waits.append(wait)
            now += wait
            #expect(throttle.begin("a", now: WallTime(seconds: now)) == nil)
        }
        #expect(waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900])
        #expect(throttle.begin("b", now: WallTime(seconds: now)) == nil)
        throttle.succeeded("a")
        #expect(throttle.begin("a", now: WallTime(seconds: now)) == nil)
    }

    @Test func `attempts at once count before the first answer`() {
        var throttle = LoginThrottle()
        let now = WallTime(seconds: 1_800_000_000)
        let passed = (0..<100).count { _ in throttle.begin("a", now: now) == nil }
        #expect(passed == LoginThrottle.freeAttempts)
    }

    @Test func `attempts that could not be checked do not count`() {
        var throttle = LoginThrottle()
        let now = WallTime(seconds: 1_800_000_000)
        for _ in 0..<100 {
            #expect(throttle.begin("a", now: now) == nil)
            throttle.unchecked("a", began: now)
        }
        let passed = (0..<100).count { _ in throttle.begin("a", now: now) == nil }
        #expect(passed == LoginThrottle.freeAttempts)
        // One that came after the wait and was not checked gives the next one its turn.
        let later = WallTime(seconds: 1_800_000_005)
        #expect(throttle.begin("a", now: later) == nil)
        throttle.unchecked("a", began: later)
        throttle.unchecked("nobody", began: later)
        #expect(throttle.begin("a", now: later) == nil)
        #expect(throttle.begin("a", now: later) == 10)
    }

    @Test func `an account is forgotten after an hour`() {
        var throttle = LoginThrottle()
        for _ in 0..<50 { _ = throttle.begin("a", now: WallTime(seconds: 1_800_000_000)) }
        #expect(throttle.begin("a", now: WallTime(seconds: 1_800_003_601)) == nil)
        #expect(throttle.begin("a", now: WallTime(seconds: 1_800_003_601)) == nil)
    }
}
