import Domain
import TestSupport
import Testing

/// Fair queues and shares of places.
struct FairPlacesTests {
    @Test func `shares are served in turn, each in its order`() {
        var queue = FairQueue<String, Int>(limit: 100, shareLimit: 50)
        for number in 0..<50 { _ = queue.push(number, of: "loud") }
        _ = queue.push(100, of: "quiet")
        _ = queue.push(101, of: "quiet")
        let first = (0..<6).compactMap { _ in queue.pop()?.element }
        #expect(first == [0, 100, 1, 101, 2, 3])
        // Who may not now is passed over, and is next when it may.
        _ = queue.push(102, of: "quiet")
        let allowed = [queue.pop { $0 == "quiet" }, queue.pop { $0 == "nobody" }]
        #expect(allowed.map { $0?.element } == [102, nil])
        queue.putBack(3, of: "loud")
        let again = queue.pop()?.element
        let removed = (0..<2).map { _ in queue.remove(of: "loud") { $0 == 10 } }
        #expect(again == 3 && removed == [10, nil])
        #expect(queue.count == 45 && queue.count(of: "loud") == 45)
    }

    @Test func `who has least gets in where who has most has filled the queue`() {
        var queue = FairQueue<String, Int>(limit: 10, shareLimit: 8)
        for number in 0..<8 { _ = queue.push(number, of: "loud") }
        guard case .ownLineFull = queue.push(8, of: "loud") else {
            Issue.record("a share has a limit")
            return
        }
        for number in 20..<22 { _ = queue.push(number, of: "other") }
        guard case .keptInsteadOf(7) = queue.push(30, of: "quiet") else {
            Issue.record("the newest of the longest line leaves")
            return
        }
        guard case .full = queue.push(40, of: "loud") else {
            Issue.record("the longest line gets no more")
            return
        }
        #expect(queue.count == 10 && queue.count(of: "loud") == 7)
    }

    @Test func `a share has at most its places, and what is left is others'`() {
        var places = FairPlaces<String>(
            places: 4,
            shareLimit: 2,
            waitingLimit: 10,
            shareWaitingLimit: 3
        )
        let loud = (0..<6).map { _ in places.enter("loud") }
        #expect(loud == [.go, .go, .wait(1), .wait(2), .wait(3), .ownLineFull])
        let quiet = (0..<2).map { _ in places.enter("quiet") }
        #expect(quiet == [.go, .go] && places.taken == 4)
        let third = places.enter("third")
        #expect(third == .wait(5))
        // A place of the quiet one goes to the third, not to the loud one, which has its two.
        let next = [places.leave("quiet"), places.leave("loud")]
        #expect(next == [5, 1])
        let gone = [2, 2, 1].map { places.giveUp($0, of: "loud") }
        #expect(gone == [true, false, false])
        let last = [places.leave("third"), places.leave("loud"), places.leave("nobody")]
        #expect(last == [nil, 3, nil])
        #expect(places.taken == 3 && places.waitingCount == 0)
    }

    @Test func `one place is everybody's, one after the other`() {
        var places = FairPlaces<Int>(
            places: 1,
            shareLimit: 0,
            waitingLimit: 100,
            shareWaitingLimit: 50
        )
        let first = places.enter(0)
        #expect(first == .go)
        for _ in 0..<50 { _ = places.enter(0) }
        guard case .wait(let ticket) = places.enter(1) else {
            Issue.record("no place is free")
            return
        }
        // At most one of the flood comes before it.
        let served = (0..<2).map { _ in places.leave(0) }
        #expect(served.contains(ticket))
    }

    @Test func `random comings and goings keep every bound, and nobody waits while it may go`() {
        let seed: UInt64 = 20_261_130
        print("fair places: seed \(seed)")
        var random = SeededRandom(seed: seed)
        var longest = 0
        for _ in 0..<100 {
            let size = Int.random(in: 1...8, using: &random)
            let limit = max(1, size / 2)
            var places = FairPlaces<Int>(
                places: size,
                shareLimit: limit,
                waitingLimit: 40,
                shareWaitingLimit: 30
            )
            var held: [Int: Int] = [:]
            var waiting: [UInt64: Int] = [:]
            /// For each who waits: how many of the flood, share 0, were let in before it.
            var behind: [UInt64: Int] = [:]
            for _ in 0..<2_000 {
                let share =
                    Int.random(in: 0...9, using: &random) < 7
                    ? 0 : Int.random(in: 1...3, using: &random)
                if Int.random(in: 0...9, using: &random) < 5 {
                    switch places.enter(share) {
                    case .go: held[share, default: 0] += 1
                    case .wait(let ticket):
                        waiting[ticket] = share
                        behind[ticket] = 0
                    case .waitInsteadOf(let other, wait: let ticket):
                        #expect(waiting.removeValue(forKey: other) != nil)
                        waiting[ticket] = share
                        behind[ticket] = 0
                    case .ownLineFull, .full: break
                    }
                } else if let leaving = held.filter({ $0.value > 0 }).keys.sorted().randomElement(
                    using: &random
                ) {
                    held[leaving, default: 0] -= 1
                    if let next = places.leave(leaving) {
                        let share = waiting.removeValue(forKey: next)
                        #expect(share != nil)
                        held[share ?? -1, default: 0] += 1
                        if share == 0 {
                            for ticket in waiting.keys where waiting[ticket] != 0 {
                                behind[ticket, default: 0] += 1
                            }
                        } else {
                            // Each share is served in its order, so others of its own come first.
                            longest = max(longest, behind[next] ?? 0)
                        }
                    }
                }
                #expect(held.values.allSatisfy { $0 <= limit })
                let taken = held.values.reduce(0, +)
                #expect(taken == places.taken && taken <= size)
                #expect(places.waitingCount == waiting.count && waiting.count <= 40)
                for share in Set(waiting.values) {
                    #expect(taken == size || held[share, default: 0] == limit)
                }
            }
        }
        print("fair places: a quiet one waited behind \(longest) of the flood at most")
    }
}
