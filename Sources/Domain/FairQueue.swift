/// A bounded queue that serves several shares in turn, each in its own order: who has much waiting
/// delays nobody who has little. A value.
///
/// When it is full, whoever has least waiting still gets in: the newest of the longest line leaves
/// for it.
package struct FairQueue<Share: Hashable & Sendable, Element: Sendable>: Sendable {
    /// What became of an element that was to be kept.
    package enum Push: Sendable {
        case kept
        /// Kept in place of another one, which waits no more.
        case keptInsteadOf(Element)
        /// The share's own line is full.
        case ownLineFull
        /// The queue is full, and no line is longer than the share's own would be.
        case full
    }

    /// Elements of all shares.
    package let limit: Int
    /// Elements of one share.
    package let shareLimit: Int
    private var lines: [Share: [Element]] = [:]
    /// Shares that have something waiting, the next first.
    private var turns: [Share] = []

    /// Elements that wait.
    package private(set) var count = 0

    /// - Parameters:
    ///   - limit: 1 or more.
    ///   - shareLimit: 1 or more.
    package init(limit: Int, shareLimit: Int) {
        self.limit = max(1, limit)
        self.shareLimit = max(1, shareLimit)
    }

    /// Elements of a share that wait.
    package func count(of share: Share) -> Int {
        lines[share]?.count ?? 0
    }

    /// Puts one at the end of its share's line.
    package mutating func push(_ element: Element, of share: Share) -> Push {
        let own = count(of: share)
        guard own < shareLimit else { return .ownLineFull }
        guard count >= limit else {
            append(element, share)
            return .kept
        }
        let longest = lines.max { $0.value.count < $1.value.count }
        guard let longest, longest.value.count > own + 1, let last = longest.value.last else {
            return .full
        }
        lines[longest.key]?.removeLast()
        count -= 1
        append(element, share)
        return .keptInsteadOf(last)
    }

    private mutating func append(_ element: Element, _ share: Share) {
        if lines[share] == nil { turns.append(share) }
        lines[share, default: []].append(element)
        count += 1
    }

    /// Takes the first of the share whose turn it is, of those that may.
    package mutating func pop(
        where isAllowed: (Share) -> Bool = { _ in true }
    ) -> (share: Share, element: Element)? {
        guard let turn = turns.firstIndex(where: isAllowed), var line = lines[turns[turn]],
            !line.isEmpty
        else { return nil }
        let share = turns.remove(at: turn)
        let element = line.removeFirst()
        count -= 1
        if line.isEmpty {
            lines[share] = nil
        } else {
            lines[share] = line
            turns.append(share)
        }
        return (share, element)
    }

    /// Puts one back that was taken, to be its share's next, whatever the limits; the share waits for
    /// its turn.
    package mutating func putBack(_ element: Element, of share: Share) {
        if lines[share] == nil { turns.append(share) }
        lines[share, default: []].insert(element, at: 0)
        count += 1
    }

    /// Takes one out that waits no more; nil if it does not wait.
    package mutating func remove(of share: Share, where isIt: (Element) -> Bool) -> Element? {
        guard let index = lines[share]?.firstIndex(where: isIt) else { return nil }
        let element = lines[share]?.remove(at: index)
        count -= 1
        if lines[share]?.isEmpty ?? false {
            lines[share] = nil
            turns.removeAll { $0 == share }
        }
        return element
    }
}
