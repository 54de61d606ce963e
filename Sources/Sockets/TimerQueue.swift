package import Domain

/// Things to do at given moments, earliest first; equal moments in the order they were added.
package struct TimerQueue<Item> {
    /// Names one entry, to take it back.
    package struct Token: Hashable, Sendable {
        fileprivate let deadline: MonotonicTime
        fileprivate let number: UInt64
    }

    /// Sorted with the earliest last, so that taking it is cheap. A loop has a few per connection.
    private var entries: [(token: Token, item: Item)] = []
    private var added: UInt64 = 0

    package init() {}

    package var next: MonotonicTime? {
        entries.last?.token.deadline
    }

    package mutating func add(_ item: Item, at deadline: MonotonicTime) -> Token {
        let token = Token(deadline: deadline, number: added)
        added += 1
        entries.insert((token, item), at: index(of: token))
        return token
    }

    /// Does nothing for an entry that was taken or cancelled already.
    package mutating func cancel(_ token: Token) {
        let place = index(of: token)
        if place < entries.count, entries[place].token == token { entries.remove(at: place) }
    }

    /// The earliest entry that is due.
    package mutating func popDue(_ now: MonotonicTime) -> Item? {
        guard let last = entries.last, last.token.deadline <= now else { return nil }
        entries.removeLast()
        return last.item
    }

    /// Where a token is or belongs: the first place whose entry is not later than it.
    private func index(of token: Token) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if isLater(entries[middle].token, token) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func isLater(_ left: Token, _ right: Token) -> Bool {
        left.deadline == right.deadline
            ? left.number > right.number : left.deadline > right.deadline
    }
}
