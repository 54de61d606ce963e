import Domain
import Sockets
import Testing

@Suite struct TimerQueueTests {
    private func time(_ value: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: value)
    }

    @Test func `entries come by deadline and equal ones in order`() {
        var queue = TimerQueue<String>()
        _ = queue.add("b", at: time(2))
        _ = queue.add("c", at: time(2))
        _ = queue.add("a", at: time(1))
        #expect(queue.next == time(1))
        #expect(queue.popDue(time(0)) == nil)
        #expect(
            [queue.popDue(time(2)), queue.popDue(time(2)), queue.popDue(time(2))] == [
                "a", "b", "c",
            ]
        )
        #expect(queue.next == nil)
    }

    @Test func `a cancelled entry never comes and a late cancel does nothing`() {
        var queue = TimerQueue<Int>()
        let first = queue.add(1, at: time(5))
        let second = queue.add(2, at: time(5))
        queue.cancel(first)
        queue.cancel(first)
        #expect(queue.popDue(time(5)) == 2)
        queue.cancel(second)
        #expect(queue.popDue(time(9)) == nil)
    }

    @Test func `random use agrees with a sorted list`() {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var state = seed
        func next(_ limit: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % limit
        }
        var queue = TimerQueue<Int>()
        var model: [(deadline: Int64, item: Int, token: TimerQueue<Int>.Token)] = []
        for item in 0..<2_000 {
            switch next(3) {
            case 0, 1:
                let deadline = Int64(next(50))
                model.append((deadline, item, queue.add(item, at: time(deadline))))
            default:
                if !model.isEmpty, next(2) == 0 {
                    queue.cancel(model.remove(at: Int(next(UInt64(model.count)))).token)
                } else {
                    let earliest = model.min { ($0.deadline, $0.item) < ($1.deadline, $1.item) }
                    #expect(queue.popDue(time(100)) == earliest?.item)
                    model.removeAll { $0.item == earliest?.item }
                }
            }
            #expect(queue.next?.nanoseconds == model.map(\.deadline).min())
        }
    }
}
