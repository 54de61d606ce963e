import Domain
import Identity
import TestSupport
import Testing

/// Requests without a credential, by address.
struct UnknownCallersTests {
    private func at(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(seconds * 1e9))
    }

    @Test func `so many at once, and then one in each interval`() {
        var callers = UnknownCallers(limit: 30)
        for _ in 0..<30 { #expect(callers.take("a", now: at(0)) == nil) }
        #expect(callers.take("a", now: at(0)) == 2)
        #expect(callers.take("a", now: at(1.5)) == 1)
        // What is refused costs nothing.
        #expect(callers.take("a", now: at(2)) == nil)
        #expect(callers.take("a", now: at(2)) == 2)
        // Another address has its own.
        #expect(callers.take("b", now: at(2)) == nil)
        callers.giveBack("a")
        #expect(callers.take("a", now: at(2)) == nil)
        // After a window all are back.
        for _ in 0..<30 { #expect(callers.take("a", now: at(100)) == nil) }
        #expect(callers.take("a", now: at(100)) == 2)
        callers.giveBack("never seen")
    }

    @Test func `no limit counts nothing`() {
        var callers = UnknownCallers(limit: 0)
        for _ in 0..<10_000 { #expect(callers.take("a", now: at(0)) == nil) }
        #expect(callers.count == 0)
    }

    @Test func `the table is bounded, and who has all back goes first`() {
        var callers = UnknownCallers(limit: 60)
        for number in 0..<UnknownCallers.countLimit {
            #expect(callers.take("\(number)", now: at(0)) == nil)
        }
        for _ in 0..<60 { _ = callers.take("loud", now: at(2)) }
        // All the others had theirs back.
        #expect(callers.count == 1)
        #expect(callers.take("loud", now: at(2)) == 1)
        for number in 0..<UnknownCallers.countLimit * 2 {
            #expect(callers.take("more \(number)", now: at(2)) == nil)
        }
        #expect(callers.count == UnknownCallers.countLimit)
    }

    @Test func `never more than the limit and what came back, in any order`() {
        let seed: UInt64 = 20_261_130
        print("unknown callers: seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            let limit = Int(random.next() % 100) + 1
            var callers = UnknownCallers(limit: limit)
            var now = 0.0
            var taken = 0
            for _ in 0..<500 {
                now += Double(random.next() % 1_000) / 1_000
                if callers.take("a", now: at(now)) == nil { taken += 1 }
                let allowed = Double(limit) + now * Double(limit) / 60
                #expect(Double(taken) <= allowed + 1)
            }
        }
    }
}
