package import Domain
internal import Synchronization

/// The logins that ended lately, so that no token or ticket of one is taken any more.
///
/// The database has them all; a coordinator asks it every two seconds for what ended since it last
/// answered, and knows at once of those that it ended itself. With Redis, others are told sooner; what
/// is known stays while both are away, and nothing is ever taken out on anybody's word.
package final class EndedSessions: Sendable {
    /// Seconds for which an end is remembered: no token or ticket lives longer than a ticket.
    package static let memory: Int64 = 12 * 3_600 + 60
    /// Seconds that are asked for beyond the last answer: transactions that took long to commit.
    package static let overlap: Int64 = 60
    /// Ends that are remembered; beyond it those of longest ago are forgotten.
    static let countLimit = 200_000

    /// After so many seconds without an answer of the database each token's login is asked for.
    static let patience: Int64 = 20

    private let ends = Mutex<[SessionID: WallTime]>([:])
    /// When something was forgotten last: until no token of then is good, each login is asked for.
    private let forgotAt = Mutex<WallTime?>(nil)
    private let heardAt = Mutex<WallTime?>(nil)

    private let outbox: HintOutbox?

    /// - Parameter outbox: To the other coordinators; nil: the database alone tells them.
    package init(outbox: HintOutbox? = nil) {
        self.outbox = outbox
    }

    /// They ended here.
    package func add(_ sessions: [SessionID], now: WallTime) {
        outbox?.ended(sessions)
        learn(sessions, now: now)
    }

    /// They ended, here or elsewhere.
    /// - Parameter now: When they were heard of.
    package func learn(_ sessions: [SessionID], now: WallTime) {
        ends.withLock { ends in
            for session in sessions where ends[session] == nil { ends[session] = now }
            guard ends.count > Self.countLimit else { return }
            // A quarter goes at once, so that this is rare.
            let oldest = ends.sorted { $0.value < $1.value }.prefix(Self.countLimit / 4)
            for (session, _) in oldest { ends[session] = nil }
            forgotAt.withLock { $0 = now }
        }
    }

    /// The database has told of all that ended before this moment.
    package func heard(at moment: WallTime) {
        heardAt.withLock { $0 = moment }
    }

    /// Whether the database has told lately what ended on other coordinators.
    func isCurrent(_ now: WallTime) -> Bool {
        let forgot = forgotAt.withLock { $0 }
        if let forgot, now.microseconds - forgot.microseconds < Self.memory * 1_000_000 {
            return false
        }
        return heardAt.withLock { heard in
            heard.map { now.microseconds - $0.microseconds < Self.patience * 1_000_000 } ?? false
        }
    }

    package func contains(_ session: SessionID) -> Bool {
        ends.withLock { $0[session] != nil }
    }
}
