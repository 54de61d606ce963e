/// A number of places that several shares use, at most so many each at a time; who finds none waits,
/// and shares get what becomes free in turn. A value.
package struct FairPlaces<Share: Hashable & Sendable>: Sendable {
    /// Names who waits.
    package typealias Ticket = UInt64

    /// What a newcomer does.
    package enum Entry: Hashable, Sendable {
        /// It has a place.
        case go
        /// It waits, until `leave` names its ticket.
        case wait(Ticket)
        /// So, and another one is sent away for it.
        case waitInsteadOf(Ticket, wait: Ticket)
        /// So many of its share wait already.
        case ownLineFull
        /// So many wait already.
        case full
    }

    /// Places, and those that one share may have at a time.
    package let places: Int
    package let shareLimit: Int
    private var waiting: FairQueue<Share, Ticket>
    private var held: [Share: Int] = [:]
    private var lastTicket: Ticket = 0

    /// Places that are taken.
    package private(set) var taken = 0
    /// How many wait.
    package var waitingCount: Int { waiting.count }

    /// - Parameters:
    ///   - places: 1 or more.
    ///   - shareLimit: Places of one share at a time; at least one, however few there are.
    ///   - waitingLimit: How many of all shares may wait.
    ///   - shareWaitingLimit: How many of one share may wait.
    package init(places: Int, shareLimit: Int, waitingLimit: Int, shareWaitingLimit: Int) {
        self.places = max(1, places)
        self.shareLimit = max(1, shareLimit)
        waiting = FairQueue(limit: waitingLimit, shareLimit: shareWaitingLimit)
    }

    /// Somebody of a share comes.
    package mutating func enter(_ share: Share) -> Entry {
        if mayHave(share) {
            take(share)
            return .go
        }
        lastTicket += 1
        return switch waiting.push(lastTicket, of: share) {
        case .kept: .wait(lastTicket)
        case .keptInsteadOf(let other): .waitInsteadOf(other, wait: lastTicket)
        case .ownLineFull: .ownLineFull
        case .full: .full
        }
    }

    /// Somebody of a share gives a place back. Returns who has it now, if anybody.
    package mutating func leave(_ share: Share) -> Ticket? {
        guard let own = held[share], own > 0 else { return nil }
        held[share] = own == 1 ? nil : own - 1
        taken -= 1
        // At least one is free now.
        let (held, most) = (held, shareLimit)
        guard let next = waiting.pop(where: { held[$0, default: 0] < most }) else { return nil }
        take(next.share)
        return next.element
    }

    /// Somebody waits no more. False if it has a place already, which it then gives back by `leave`,
    /// or was sent away.
    package mutating func giveUp(_ ticket: Ticket, of share: Share) -> Bool {
        waiting.remove(of: share) { $0 == ticket } != nil
    }

    private func mayHave(_ share: Share) -> Bool {
        taken < places && held[share, default: 0] < shareLimit
    }

    private mutating func take(_ share: Share) {
        held[share, default: 0] += 1
        taken += 1
    }
}
