import Identity
import Testing

/// How often codes may be tried with a right password.
struct CodeThrottleTests {
    @Test func `after five tries each waits for longer, up to an hour`() {
        for tries in 0..<CodeThrottle.freeTries {
            #expect(CodeThrottle.decide(tries: tries, after: 0) == .goOn(tries: tries + 1))
        }
        var waits: [Int64] = []
        for tries in 5..<18 {
            guard case .wait(let wait) = CodeThrottle.decide(tries: tries, after: 0) else {
                Issue.record("\(tries) tries and no wait")
                continue
            }
            waits.append(wait)
            #expect(CodeThrottle.decide(tries: tries, after: wait - 1) == .wait(1))
            #expect(CodeThrottle.decide(tries: tries, after: wait) == .goOn(tries: tries + 1))
        }
        #expect(
            waits == [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600, 3_600]
        )
        // A clock that was set back, and as many tries as a column holds.
        #expect(CodeThrottle.decide(tries: 5, after: -1_000_000) == .wait(5))
        #expect(CodeThrottle.decide(tries: Int(Int32.max) - 1, after: 0) == .wait(3_600))
    }

    @Test func `it is told once, when the free tries were wrong`() {
        let told = (0..<100).filter {
            CodeThrottle.decide(tries: $0, after: 1_000_000).isTold
        }
        #expect(told == [CodeThrottle.freeTries])
        #expect(!CodeThrottle.wait(6).isTold)
    }
}
